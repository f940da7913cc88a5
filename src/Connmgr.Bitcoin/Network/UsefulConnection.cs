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
