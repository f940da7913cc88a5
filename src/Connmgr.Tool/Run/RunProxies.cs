using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The proxies, Tor and I2P of a run.</summary>
internal static class RunProxies
{
    private const int MaxPasswordLength = 1_000;
    private const int MaxPasswordFileLength = 4 * MaxPasswordLength;

    /// <summary>Creates the options of the network.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="news">Receives the changes of Tor's control port and of I2P.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Cancels the reading of the password.</param>
    /// <returns>The options; null when there is no proxy, no control port and no I2P router.</returns>
    /// <exception cref="ToolException">The password can't be read.</exception>
    public static async Task<PeerNetworkProxies?> OpenAsync(
        RunOptions options, ChannelWriter<Action<IRunOutput>> news, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (options.TorControl is null && options.I2PSam is null && options.Proxies == ProxyRules.None)
            return null;
        return new PeerNetworkProxies
        {
            Rules = options.Proxies,
            OnlyNetworks = options.OnlyNetworks ?? AddressNetworks.All,
            TorControl = options.TorControl,
            TorPassword = await ReadPasswordAsync(options, cancellationToken).ConfigureAwait(false),
            OnionTarget = options.OnionTarget,
            TorAllowPlainCookie = options.TorAllowPlainCookie,
            OnTorChanged = state =>
            {
                var time = timeProvider.GetUtcNow();
                news.TryWrite(output => output.Tor(time, state));
            },
            I2PSam = options.I2PSam,
            AcceptI2P = !options.I2PTransient,
            I2PTunnelLength = options.I2PTunnelLength,
            OnI2PChanged = state =>
            {
                var time = timeProvider.GetUtcNow();
                news.TryWrite(output => output.I2P(time, state));
            },
        };
    }

    /// <summary>Reads the password of Tor's control port; null for none.</summary>
    /// <exception cref="ToolException">The password can't be read.</exception>
    public static async Task<string?> ReadPasswordAsync(RunOptions options, CancellationToken cancellationToken)
    {
        if (options.TorPasswordFile is not { } path)
            return null;
        try
        {
            var password = (await TextFile.ReadAsync(path, MaxPasswordFileLength, cancellationToken).ConfigureAwait(false)).ToString().TrimEnd('\r', '\n');
            return password.Length is > 0 and <= MaxPasswordLength && !password.Any(char.IsControl)
                ? password
                : throw new ToolException($"'{path}' does not contain a password: write one line of at most {MaxPasswordLength} characters.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read the password of Tor's control port: {exception.Message}", exception);
        }
    }
}
