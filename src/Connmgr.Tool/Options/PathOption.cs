using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that takes a file or a folder. An empty value is an error: no command takes it for the current folder.</summary>
internal class PathOption : Option<string?>
{
    private const string Folder = "DIR";

    protected PathOption(string name, string description, string helpName, string example)
        : base(name)
    {
        Description = description;
        HelpName = helpName;
        Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var path }] && string.IsNullOrWhiteSpace(path))
                result.AddError($"{name} is empty: give it a {(helpName is Folder ? "directory" : "file")}, such as {name} {example}.");
        });
    }

    public static PathOption OfFile(string name, string description, string example) => new(name, description, "FILE", example);

    public static PathOption OfFolder(string name, string description, string example) => new(name, description, Folder, example);
}
