namespace Connmgr.Bitcoin;

/// <summary>Reports the usefulness of a peer to its connection, by which it is kept when others want its place.</summary>
internal sealed class UsefulConnection(Connection connection) : IUsefulPeer
{
    public void ReportNews(bool isBlock)
    {
        if (isBlock)
            connection.ReportMajorNews();
        else
            connection.ReportMinorNews();
    }

    public void ReportParticipation() => connection.ReportParticipation();
}

/// <summary>Takes what a peer was found to be good for: a connection, or a test.</summary>
internal interface IUsefulPeer
{
    /// <summary>It was the first to announce a block, or a transaction.</summary>
    void ReportNews(bool isBlock);

    /// <summary>It announced what another had announced.</summary>
    void ReportParticipation();
}
