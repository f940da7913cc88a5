// The F# of docs/cookbook.md. eng/consumer-test.sh builds it from the packages, and runs it.
// snippet: peers
open System.Threading.Tasks
open Connmgr.Bitcoin
open Connmgr.Testing

let run () = task {
    use sandbox = new SandboxNetwork() // For a real chain, set options.Chain instead, as in ChainParameters.Signet.
    let options = PeerNetworkOptions(TargetOutbound = 4)
    options.OnPeer <- fun peer _ ->
        System.Console.WriteLine $"{peer.RemoteEndPoint} {peer.Version.UserAgent}"
        ValueTask.CompletedTask
    sandbox.Attach options
    use network = new PeerNetwork(options)
    do! network.StartAsync()
    do! network.WhenFullAsync()
}
// end

run().GetAwaiter().GetResult()
