using System.Collections.Concurrent;
using System.Net;
using Connmgr.Tests.Addresses;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Seeding;

/// <summary>
/// An <see cref="AddressSeeder"/> with a book, in virtual time. Its loop is pumped by the test, so that nothing of it happens between two steps of the
/// test but what was begun: look-ups and fetches, which run on the pool and whose ends are waited for.
/// </summary>
internal sealed class SeederWorld
{
    public static readonly DnsSeed A = new("a.example", supportsServiceFilter: true);
    public static readonly DnsSeed B = new("b.example", supportsServiceFilter: true);

    /// <summary>What was begun ends at once; what never does is a failure, not a test that hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource _fetching = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AddressSeeder? _seeder;
    private int _begun;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 7, 21, 12, 0, 0, TimeSpan.Zero));

    /// <summary>With a known key: by a random one, two addresses claim one place in a book of 65,536, and one of them is left out.</summary>
    public AddressBook Book { get; } = new(new AddressBookOptions { Key = BookWorld.KeyOne });

    public int Outbound { get; set; }

    public int Notified { get; private set; }

    public List<SeedOutcome> Seeded { get; } = [];

    public List<(PeerAddress Address, NetworkAddress Source)> Added { get; } = [];

    public ConcurrentQueue<string> LookedUp { get; } = [];

    public ConcurrentQueue<EndPoint> Fetched { get; } = [];

    public FakeLogCollector Logs { get; } = new();

    /// <summary>What a look-up of a name gives. Default: one address, which follows from the name.</summary>
    public Func<string, IReadOnlyList<IPAddress>> Answer { get; set; } = host => [IPAddress.Parse($"20.{host.Length}.{host.Sum(letter => letter) & 0xff}.1")];

    /// <summary>What a fetch does. Default: 10 addresses.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<int>> Fetch { get; set; } = (_, _) => new(10);

    public AddressSeeder Seeder => _seeder!;

    /// <summary>The number of look-ups and fetches begun so far, at once in the step that decides it.</summary>
    public int Begun => _begun;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public AddressSeederOptions Options(params DnsSeed[] seeds) => new()
    {
        Chain = ChainParameters.Mainnet with { DnsSeeds = [.. seeds] },
        CountAddresses = networks => Book.GetCount(networks),
        AddAddresses = (addresses, source) =>
        {
            Added.AddRange(addresses.Select(address => (address, source)));
            Book.Add(addresses, source);
        },
        CountOutbound = () => Outbound,
        FetchFrom = (endPoint, token) =>
        {
            Fetched.Enqueue(endPoint);
            _fetching.TrySetResult();
            return Fetch(endPoint, token);
        },
        OnAddressesAdded = () => Notified++,
        OnSeeded = Seeded.Add,
        Dns = new()
        {
            Lookup = (host, _) =>
            {
                LookedUp.Enqueue(host);
                return new(Answer(host));
            },
            MaxAttempts = 1,
        },
        TimeProvider = Clock,
        Random = new Random(7),
        LoggerFactory = new Microsoft.Extensions.Logging.LoggerFactory([new FakeLoggerProvider(Logs)]),
    };

    /// <summary>Begins, up to the first look.</summary>
    public void Start(AddressSeederOptions options)
    {
        _seeder = new AddressSeeder(options, (work, state) =>
        {
            _begun++;
            ThreadPoolScheduler.Schedule(work, state);
        });
        _seeder.Begin();
        _seeder.Pump();
    }

    /// <summary>Pumps until something has come of what was begun.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Seeder.WaitAsync().AsTask().WaitAsync(Patience, TimeProvider.System, Token);
            Seeder.Pump();
        }
    }

    /// <summary>Waits until a fetch has begun on the pool, so that its deadline runs.</summary>
    public Task UntilFetchedAsync() => _fetching.Task.WaitAsync(Patience, TimeProvider.System, Token);

    /// <summary>Pumps until the answer of a seed waits for those of others.</summary>
    public Task UntilHeldAsync() => UntilAsync(() => Seeder.HoldsAnswers);

    public Task UntilSeededAsync(int count) => UntilAsync(() => Seeded.Count == count);

    /// <summary>Lets time pass, and does what is due then.</summary>
    public void Advance(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        Seeder.Pump();
    }

    public void FillBook(int count)
    {
        for (var i = 0; Book.Count < count; i++)
        {
            var address = new PeerAddress(NetworkEndPoint.Parse($"{30 + (i % 100)}.{i / 100}.1.1:8333"), 9, Clock.GetUtcNow());
            Book.Add(address, NetworkAddress.Parse($"{30 + (i % 100)}.1.1.1"));
        }
    }
}
