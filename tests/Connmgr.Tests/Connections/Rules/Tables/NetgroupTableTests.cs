using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class NetgroupTableTests
{
    [Fact]
    public void IsFull_FromTheLimitOnUntilRemoved()
    {
        var table = new NetgroupTable(2);
        var group = Netgroup.FromAddress(IPAddress.Parse("1.2.3.4"));
        table.Add(group);
        Assert.False(table.IsFull(group));
        table.Add(group);
        Assert.True(table.IsFull(group));
        table.Remove(group);
        Assert.False(table.IsFull(group));
        table.Remove(group);
        Assert.Empty(table.Counts);
    }

    [Fact]
    public void NoGroup_IsNeverFull()
    {
        var table = new NetgroupTable(1);
        for (var i = 0; i < 3; i++)
            table.Add(default);
        Assert.False(table.IsFull(default));
        table.Remove(default);
        Assert.Empty(table.Counts);
    }
}
