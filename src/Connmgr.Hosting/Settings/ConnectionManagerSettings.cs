namespace Connmgr.Hosting;

/// <summary>What configuration may say of a <see cref="ConnectionManager"/>. Not thread-safe.</summary>
public sealed class ConnectionManagerSettings : ConnectionSettings;
