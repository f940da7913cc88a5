using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Quality;

/// <summary>The file of the quarantine, and its part in the storage.</summary>
public sealed class QuarantineFileTests : IDisposable
{
    private static readonly ImmutableArray<byte> Magic = ChainParameters.Regtest.Magic;
    private static readonly Gen<NetworkEndPoint> GenEndPoint = Gen.OneOf(
        Gen.Select(Gen.Byte.Array[4], Gen.UShort, static (bytes, port) => new NetworkEndPoint(NetworkAddress.FromIPAddress(new(bytes)), port)),
        Gen.Select(Gen.Byte.Array[14], Gen.UShort, static (bytes, port) => new NetworkEndPoint(NetworkAddress.FromIPAddress(new([0x20, 0x02, .. bytes])), port)));

    private static readonly Gen<QuarantineEntry> GenEntry = Gen.Select(GenEndPoint, Gen.Int[1, QuarantineEntry.MaxTimes], Gen.Long[0, 4_000_000_000])
        .Select(static (endPoint, times, until) => new QuarantineEntry(endPoint, times, DateTimeOffset.FromUnixTimeSeconds(until)));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-quarantine-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));

    private ChainDirectory Files => ChainDirectory.FromDataDirectory(Path.Combine(_folder.FullName, "data"), ChainParameters.Regtest);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame() => GenEntry.Array[0, 40].Sample(static entries =>
        Assert.Equal(entries, QuarantineFile.Read("f", QuarantineFile.Write([.. entries], Magic.AsSpan()).Span, Magic.AsSpan())));

    [Fact]
    public void Read_AnyChangedByte_IsAnErrorOfTheFile() =>
        Gen.Select(GenEntry.Array[0, 5], Gen.Int[0, 1000], Gen.Int[1, 255]).Sample(static (entries, place, change) =>
        {
            var bytes = QuarantineFile.Write([.. entries], Magic.AsSpan()).ToArray();
            bytes[place % bytes.Length] ^= (byte)change;
            Assert.Throws<AddressFileException>(() => QuarantineFile.Read("f", bytes, Magic.AsSpan()));
        });

    /// <summary>Checks the reader beyond its checksum: any content is either read or an error of the file.</summary>
    [Fact]
    public void Read_AnyContent_IsReadOrAnErrorOfTheFile() => Gen.Byte.Array[0, 60].Sample(static content =>
    {
        var writer = new DiskWriter(128);
        writer.WriteBytes(Magic.AsSpan());
        writer.WriteBytes(content);
        SealedBytes.WriteChecksum(writer);
        try
        {
            Assert.All(QuarantineFile.Read("f", writer.Written.Span, Magic.AsSpan()), static entry => Assert.InRange(entry.Times, 1, QuarantineEntry.MaxTimes));
        }
        catch (AddressFileException)
        {
            // As it should be.
        }
    });

    [Fact]
    public async Task Store_AfterARestart_HasTheQuarantine()
    {
        var quarantine = CreateQuarantine();
        using (var store = await OpenAsync(quarantine))
        {
            await store.SaveQuarantineAsync(quarantine);
            Assert.False(File.Exists(Files.Quarantine)); // Nothing has changed.
            quarantine.NoteEnd(QuarantineTests.Address(1), DisconnectCause.Reset, TimeSpan.FromSeconds(1));
            await store.SaveQuarantineAsync(quarantine);
        }

        var next = CreateQuarantine();
        using (var store = await OpenAsync(next))
            Assert.Empty(store.Problems);
        Assert.Equal(quarantine.Find(QuarantineTests.Address(1)), next.Find(QuarantineTests.Address(1)));
        Assert.Equal(1, next.RestingCount);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, next.RestingCount);
    }

    [Fact]
    public async Task LoadAsync_WhatWasSaved_IsTheSame_AndErrorsAreNamed()
    {
        var path = Path.Combine(_folder.FullName, "q.dat");
        var token = TestContext.Current.CancellationToken;
        QuarantineEntry[] entries = [new(QuarantineTests.Address(1), 3, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))];
        await QuarantineFile.SaveAsync([.. entries], path, Magic, token);
        Assert.Equal(entries, await QuarantineFile.LoadAsync(path, Magic, token));
        var other = await Assert.ThrowsAsync<AddressFileException>(() => QuarantineFile.LoadAsync(path, ChainParameters.Signet.Magic, token));
        Assert.Contains(path, other.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("entries", () => { _ = QuarantineFile.SaveAsync([entries[0] with { Times = 0 }], path, Magic, token); });
        Assert.Equal(entries, await QuarantineFile.LoadAsync(path, Magic, token)); // Unchanged.
    }

    [Fact]
    public async Task Store_DamagedFile_IsSetAside()
    {
        Directory.CreateDirectory(Files.Folder);
        await File.WriteAllTextAsync(Files.Quarantine, "damaged", TestContext.Current.CancellationToken);
        var quarantine = CreateQuarantine();
        using var store = await OpenAsync(quarantine);
        Assert.Contains(Files.Quarantine + ".bad", Assert.Single(store.Problems), StringComparison.Ordinal);
        quarantine.NoteEnd(QuarantineTests.Address(1), DisconnectCause.Reset, TimeSpan.FromSeconds(1));
        await store.SaveQuarantineAsync(quarantine);
        Assert.True(File.Exists(Files.Quarantine));
    }

    [Fact]
    public async Task Store_FileOfALaterVersion_IsLeftAlone()
    {
        Directory.CreateDirectory(Files.Folder);
        var writer = new DiskWriter(64);
        writer.WriteBytes(Magic.AsSpan());
        writer.WriteByte(2);
        writer.WriteBytes("what only a later version knows"u8);
        SealedBytes.WriteChecksum(writer);
        await File.WriteAllBytesAsync(Files.Quarantine, writer.Written, TestContext.Current.CancellationToken);

        var quarantine = CreateQuarantine();
        using (var store = await OpenAsync(quarantine))
        {
            Assert.Contains("format 2", Assert.Single(store.Problems), StringComparison.Ordinal);
            quarantine.NoteEnd(QuarantineTests.Address(1), DisconnectCause.Reset, TimeSpan.FromSeconds(1));
            await store.SaveQuarantineAsync(quarantine);
        }

        Assert.Equal(writer.Written.ToArray(), await File.ReadAllBytesAsync(Files.Quarantine, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Files.Quarantine + ".bad"));
    }

    private AddressQuarantine CreateQuarantine() => new(new PeerQuarantine(), static () => true, static () => true, _time, NullLogger.Instance);

    private async Task<NetworkStore> OpenAsync(AddressQuarantine quarantine)
    {
        var store = await NetworkStore.OpenAsync(Files, Magic, new AddressBook(), NullLogger.Instance);
        await store.OpenQuarantineAsync(quarantine, NullLogger.Instance);
        return store;
    }
}
