namespace Connmgr.Interop;

/// <summary>The tests that share the one <see cref="TorNetwork"/>.</summary>
[CollectionDefinition(nameof(TorNetwork))]
public sealed class TorTogether : ICollectionFixture<TorNetwork>;
