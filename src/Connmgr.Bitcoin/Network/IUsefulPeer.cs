namespace Connmgr.Bitcoin;

/// <summary>Takes what a peer was found to be good for: a connection, or a test.</summary>
internal interface IUsefulPeer
{
    /// <summary>It was the first to announce a block, or a transaction.</summary>
    void ReportNews(bool isBlock);

    /// <summary>It announced what another had announced.</summary>
    void ReportParticipation();
}
