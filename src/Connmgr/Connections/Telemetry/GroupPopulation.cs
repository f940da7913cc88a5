using Connmgr.Rules;

namespace Connmgr;

/// <summary>The numbers of connections in each group. Changed by the loop only; any thread may read.</summary>
internal sealed class GroupPopulation(GroupSet groups)
{
    private readonly int[] _connected = new int[groups.Count];

    public GroupSet Groups => groups;

    public int GetConnected(int group) => Volatile.Read(ref _connected[group]);

    /// <summary>Takes the numbers over from the rules, which have the same groups.</summary>
    public void Update(GroupAssignment assignment)
    {
        for (var group = 0; group < _connected.Length; group++)
            Volatile.Write(ref _connected[group], assignment.GetCount(group));
    }
}
