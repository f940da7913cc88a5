using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Interop;

/// <summary>
/// A SAM port in front of that of a router, which asks for sessions without other routers in their tunnels, for programs that have no option for it, and spares
/// the router the look-up of names: i2pd does it through tunnels of length 3, which so few routers never get, and takes names for streams as well. All else passes
/// unchanged.
/// </summary>
internal sealed class SamRelay : IAsyncDisposable
{
    private const string Create = "SESSION CREATE ";
    private const string LookUp = "NAMING LOOKUP NAME=";
    private const string ZeroHops = " inbound.length=0 outbound.length=0";

    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Func<CancellationToken, ValueTask<Stream>> _connect;
    private readonly Task _running;

    /// <summary>Listens in the namespace.</summary>
    /// <param name="network">The namespace.</param>
    /// <param name="local">The address to listen at.</param>
    /// <param name="connect">Connects to the router.</param>
    public SamRelay(NetworkNamespace network, IPEndPoint local, Func<CancellationToken, ValueTask<Stream>> connect)
    {
        _connect = connect;
        _listener = network.Run(() =>
        {
            var listener = new TcpListener(local);
            listener.Start();
            return listener;
        });
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var relayed = new List<Task>();
        try
        {
            while (true)
                relayed.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }

        await Task.WhenAll(relayed);
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var router = await _connect(_stop.Token);
                var program = client.GetStream();
                await Task.WhenAny(CommandsAsync(program, router), router.CopyToAsync(program, _stop.Token)).Unwrap();
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // Either side has ended it, and now the other one's connection ends, too.
            }
        }
    }

    /// <summary>Passes on what the program sends: line by line while these are commands, and then bytes.</summary>
    private async Task CommandsAsync(NetworkStream program, Stream router)
    {
        var one = new byte[1];
        var line = new List<byte>();
        var isStream = false;
        while (!isStream && await program.ReadAsync(one, _stop.Token) > 0)
        {
            if (one[0] != '\n')
            {
                line.Add(one[0]);
                continue;
            }

            var command = Encoding.ASCII.GetString([.. line]);
            isStream = command.StartsWith("STREAM ", StringComparison.Ordinal);
            line.Clear();
            if (command.StartsWith(LookUp, StringComparison.Ordinal))
                await program.WriteAsync(Encoding.ASCII.GetBytes($"NAMING REPLY RESULT=OK NAME={command[LookUp.Length..]} VALUE={command[LookUp.Length..]}\n"), _stop.Token);
            else
                await router.WriteAsync(Encoding.ASCII.GetBytes($"{command}{(command.StartsWith(Create, StringComparison.Ordinal) ? ZeroHops : "")}\n"), _stop.Token);
        }

        await program.CopyToAsync(router, _stop.Token);
    }
}
