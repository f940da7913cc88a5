namespace Connmgr.Bitcoin;

/// <summary>An address at which others can reach this node, which has become known or is gone. Immutable.</summary>
public sealed class ExternalAddressChangedEventArgs : EventArgs
{
    internal ExternalAddressChangedEventArgs(ExternalAddress address, bool isAdded) => (Address, IsAdded) = (address, isAdded);

    /// <summary>The address.</summary>
    public ExternalAddress Address { get; }

    /// <summary>True when the address has become known, false when it is gone.</summary>
    public bool IsAdded { get; }
}
