using System.Globalization;
using System.Net;
using System.Reflection;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting.Tests;

/// <summary>
/// The texts of the libraries are the same in every culture. The cultures are custom ones: the data of real ones may be missing, as in these
/// tests themselves.
/// </summary>
public class CultureTests
{
    private static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public static TheoryData<string> Cultures => ["german", "swedish", "persian", "turkish"];

    /// <summary>Sets each option that takes a number or a time to an invalid value.</summary>
    [Theory]
    [MemberData(nameof(Cultures))]
    public void Errors_OfAllOptions_AreTheSame(string culture)
    {
        var expected = Errors();
        Assert.Contains(expected, error => error.Contains("-1", StringComparison.Ordinal));
        Assert.Contains(expected, error => error.Contains("-0.5", StringComparison.Ordinal));

        Assert.Equal(expected, In(culture, Errors));
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void ToString_OfAllKinds_IsTheSame(string culture)
    {
        var expected = Texts();
        Assert.Contains(expected, text => text.Contains("02/03/2026 04:05:06 +00:00", StringComparison.Ordinal));
        Assert.Contains(expected, text => text.Contains("transient 57.", StringComparison.Ordinal));

        Assert.Equal(expected, In(culture, Texts));
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void Parse_OfWhatWasWritten_GivesTheSame(string culture) => In(culture, () =>
    {
        foreach (var text in new[] { "1.2.3.4:8333", "[2001:db8::1]:18444", "[fe80::1]:1" })
            Assert.Equal(text, NetworkEndPoint.Parse(text).ToString());
        foreach (var text in new[] { "192.0.2.0/24", "2001:db8::/32", "AS64496" })
            Assert.Equal(text, BanTarget.Parse(text).ToString());
        return true;
    });

    private static List<string> Errors()
    {
        var errors = new List<string>();
        foreach (var type in new[] { typeof(ConnectionManagerOptions), typeof(PeerNetworkOptions), typeof(BitcoinPeerOptions), typeof(Socks5DialerOptions) })
        {
            var options = Spoiled(type);
            errors.AddRange((IReadOnlyList<string>)type.GetMethod("GetErrors")!.Invoke(options, null)!);
        }

        errors.AddRange(new ConnectionManagerOptions { InboundLimits = (InboundLimits)Spoiled(typeof(InboundLimits)) }.GetErrors());
        errors.Add(Error(() => new BanList((BanListOptions)Spoiled(typeof(BanListOptions)))));
        errors.Add(Error(() => new BanList(new BanListOptions { MaxCount = -1 })));
        errors.Add(Error(() => new HostScores((HostScoresOptions)Spoiled(typeof(HostScoresOptions)))));
        errors.Add(Error(() => new AddressBook(new AddressBookOptions { MaxNewPerSourceGroup = -1 })));
        errors.Add(Error(() => AsMap.Parse([1, 2, 3])));
        errors.Add(Error(() => BanTarget.Parse("x")));
        return errors;
    }

    private static List<string> Texts()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Time);
        var score = new DynamicBanScore(time);
        score.Increase(0, 57);
        time.Advance(TimeSpan.FromSeconds(1));
        score.Increase(0, 1);
        var address = new PeerAddress(NetworkEndPoint.Parse("1.2.3.4:8333"), 9, Time);
        object[] all =
        [
            score,
            address,
            new AddressEntry { Address = address, Source = NetworkAddress.Parse("1.2.3.4") },
            new Ban(BanTarget.Parse("192.0.2.0/24"), Time, Time),
            new EventsDropped(Time, -1),
            new RequestSnapshot(-1, ConnectionKind.Permanent, ConnectionState.Failing, IPEndPoint.Parse("1.2.3.4:8333"), -1, TimeSpan.FromSeconds(-1.5)),
            new AttemptSnapshot(-1, ConnectionKind.OneOff, endPoint: null, ConnectPhase.Tcp, TimeSpan.FromSeconds(-1.5)),
            new InboundSnapshot { Accepted = -1 },
            new InboundRefusalCount(ConnectFailureCause.FloodLimit, -1),
            new AddressRefusalCount(ConnectFailureCause.RecentlyTried, -1),
            new DnsSeedOutcome(new DnsSeed("seed.example", supportsServiceFilter: true), "x9.seed.example") { Attempts = -1, Duration = TimeSpan.FromSeconds(-1.5) },
            new HostScore(1, 2, MisbehaviorAction.Warn),
            new SeedOutcome(new(SeedKind.Dns, "x"), 1, Time),
            new ListenerProfile { AcceptsPerSecond = -0.5 },
            new IPEndPoint(IPAddress.Loopback, 1),
        ];
        return [.. all.Select(item => item.ToString()!)];
    }

    private static string Error(Func<object> make) => Assert.ThrowsAny<Exception>(make).Message;

    private static object Spoiled(Type type)
    {
        var options = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            object? wrong = (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
            {
                var kind when kind == typeof(int) => -1,
                var kind when kind == typeof(long) => -1L,
                var kind when kind == typeof(double) => -0.5,
                var kind when kind == typeof(TimeSpan) => TimeSpan.FromSeconds(-1.5),
                _ => null,
            };
            if (wrong is not null)
                property.SetValue(options, wrong);
        }

        return options;
    }

    private static T In<T>(string culture, Func<T> read)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = Culture(culture);
        try
        {
            return read();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static CultureInfo Culture(string name)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        var (negative, point, group) = name switch
        {
            "german" => ("-", ",", "."),
            "swedish" => ("\u2212", ",", "\u00a0"),
            "persian" => ("\u200e\u2212", "\u066b", "\u066c"),
            _ => ("-", ",", "."),
        };
        culture.NumberFormat.NegativeSign = negative;
        culture.NumberFormat.NumberDecimalSeparator = point;
        culture.NumberFormat.NumberGroupSeparator = group;
        culture.NumberFormat.PositiveInfinitySymbol = "unendlich";
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        culture.DateTimeFormat.LongTimePattern = "HH.mm.ss";
        return culture;
    }
}
