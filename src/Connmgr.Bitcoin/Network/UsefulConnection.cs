namespace Connmgr.Bitcoin;

/// <summary>Reports the usefulness of a peer to its connection, which protects the connection from eviction.</summary>
internal sealed class UsefulConnection(Connection connection) : IUsefulPeer
{
    public void ReportFirstAnnouncement(bool isBlock)
    {
        if (isBlock)
            connection.ReportUsefulBlock();
        else
            connection.ReportUsefulTransaction();
    }

    public void ReportParticipation() => connection.ReportParticipation();
}

/// <summary>The receiver of a peer's usefulness: a connection, or a test.</summary>
internal interface IUsefulPeer
{
    /// <summary>Reports that the peer was the first to announce a block or a transaction.</summary>
    void ReportFirstAnnouncement(bool isBlock);

    /// <summary>Reports that the peer announced an item that another peer had announced.</summary>
    void ReportParticipation();
}
