namespace Connmgr.Interop;

/// <summary>The tests that share the one <see cref="I2PNetwork"/>.</summary>
[CollectionDefinition(nameof(I2PNetwork))]
public sealed class I2PTogether : ICollectionFixture<I2PNetwork>;
