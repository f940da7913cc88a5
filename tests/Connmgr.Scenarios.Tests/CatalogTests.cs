namespace Connmgr.Scenarios.Tests;

public class CatalogTests
{
    /// <summary>The names under which Go's figures are kept: what compares the two looks for these.</summary>
    private static readonly string[] GosNames =
    [
        "banscore_increase_1t", "banscore_int_1t", "banscore_increase_2t",
        "churn_disconnect_stub", "churn_remove_stub", "churn_seq_stub", "churn_disconnect_pipe", "churn_remove_pipe", "churn_seq_pipe",
        "fill_a_instant_8", "fill_a_instant_125", "fill_a_instant_1000", "fill_a_instant_10000",
        "fill_b_loopback_8", "fill_b_loopback_125", "fill_b_loopback_1000", "fill_b_loopback_10000",
        "fill_c_90pct_fail_retry5s_8", "fill_c_90pct_fail_retry5s_125", "fill_c_90pct_fail_retry5s_1000", "fill_c_90pct_fail_retry5s_10000",
        "fill_c_90pct_fail_retry1ms_8", "fill_c_90pct_fail_retry1ms_125", "fill_c_90pct_fail_retry1ms_1000", "fill_c_90pct_fail_retry1ms_10000",
        "fill_d_blackholes_8", "accept_short_w1", "accept_short_w16", "accept_short_w64",
        "held_10000_noread", "held_10000_read", "idle_1000_read", "seed_9x40", "tor_lookups",
    ];

    [Fact]
    public void All_NamesOfGosFigures_AreThere() => Assert.Empty(GosNames.Except(Catalog.All.Select(static scenario => scenario.Name), StringComparer.Ordinal));

    [Fact]
    public void All_Names_AreDistinct() => Assert.Equal(Catalog.All.Count, Catalog.All.Select(static scenario => scenario.Name).Distinct(StringComparer.Ordinal).Count());

    [Theory]
    [InlineData("idle_1000", "idle_1000_read")]
    [InlineData("accept_short_w?", "accept_short_w1")]
    [InlineData("*fill_8_dead0", "sandbox_fill_8_dead0")]
    public void Matching_TextOrWildcards_GivesThose(string pattern, string name) =>
        Assert.Equal([name], Catalog.Matching(pattern).Select(static scenario => scenario.Name), StringComparer.Ordinal);

    [Fact]
    public void Matching_Nothing_IsEmpty() => Assert.Empty(Catalog.Matching("no such scenario"));
}
