#:property PublishAot=false
#:property NoWarn=$(NoWarn);MA0009;MA0047

// The two halves of eng/site.sh that docfx does not do:
//   dotnet run eng/site/Site.cs -- stage FOLDER   copies the pages into a folder in the form that docfx reads
//   dotnet run eng/site/Site.cs -- check FOLDER   checks the links of the built site, with their anchors
// Its regular expressions read files of this repository, and its types are in no namespace, so two analyzers are off.
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

if (args is ["stage", var source])
    return new Stage(source).Run();
if (args is ["check", var site])
    return new LinkCheck(site).Run();
Console.Error.WriteLine("usage: Site.cs stage FOLDER | check FOLDER");
return 2;

/// <summary>Copies the pages, and what they link to: docs/ keeps its links, which docfx follows only to what is in the site.</summary>
internal sealed class Stage(string folder)
{
    private const string Index = "docs/README.md";

    private readonly SortedSet<string> _shown = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    public int Run()
    {
        string[] pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", .. Directory.EnumerateFiles("docs", "*.md", SearchOption.AllDirectories).Select(static page => page.Replace('\\', '/')).Order(StringComparer.Ordinal)];
        foreach (var page in pages)
            Write(Rename(page), Rewrite(page, File.ReadAllText(page)));
        foreach (var picture in Directory.EnumerateFiles("docs", "*", SearchOption.AllDirectories).Where(static file => Path.GetExtension(file) is ".png" or ".svg" or ".json"))
            Copy(picture, picture);
        foreach (var path in _shown)
            Write(path + ".md", ShowSource(path));
        foreach (var reference in Directory.EnumerateFiles(FindFramework(), "Microsoft.Extensions.*.dll"))
            Copy(reference, "references/" + Path.GetFileName(reference));
        Copy("eng/icon.svg", "icon.svg");
        Copy("eng/site/docfx.json", "docfx.json");
        foreach (var file in Directory.EnumerateFiles("eng/site/template", "*", SearchOption.AllDirectories))
            Copy(file, Path.GetRelativePath("eng/site", file));
        Write("toc.yml", "- name: Documentation\n  href: docs/\n- name: Cookbook\n  href: docs/cookbook.md\n- name: API\n  href: api/\n- name: Changes\n  href: CHANGELOG.md\n");
        Write("docs/toc.yml", BuildContents(pages));
        foreach (var fault in _faults)
            Console.Error.WriteLine(fault);
        return _faults.Count == 0 ? 0 : 1;
    }

    /// <summary>Finds the framework that has the assemblies which Connmgr.Hosting refers to, next to the one that this runs on.</summary>
    private static string FindFramework()
    {
        var frameworks = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../Microsoft.AspNetCore.App"));
        return Directory.GetDirectories(frameworks, $"{Environment.Version.Major}.*").OrderBy(static folder => Version.Parse(Path.GetFileName(folder).Split('-')[0])).Last();
    }

    /// <summary>The path of a page in the site: the page of a folder is its index.</summary>
    private static string Rename(string page) => Path.GetFileName(page) is "README.md" ? page[..^"README.md".Length] + "index.md" : page;

    private string Rewrite(string page, string text) => Regex.Replace(text, @"\]\((?<target>[^)\s]+)\)", link =>
    {
        var target = link.Groups["target"].Value;
        if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith('#'))
            return link.Value;
        var parts = target.Split('#');
        var path = Path.GetRelativePath(".", Path.Combine(Path.GetDirectoryName(page)!, parts[0])).Replace('\\', '/');
        var anchor = parts.Length > 1 ? "#" + parts[1] : "";
        if (!Path.Exists(path))
            _faults.Add($"{page}: {target} leads nowhere");
        if (path.EndsWith(".md", StringComparison.Ordinal))
            return $"]({Rename(parts[0])}{anchor})";
        if (Path.GetExtension(path) is ".png" or ".svg" or ".json" && path.StartsWith("docs/", StringComparison.Ordinal))
            return link.Value;
        _shown.Add(path);
        return $"]({parts[0].TrimEnd('/')}.md)";
    });

    /// <summary>Creates the page of a file, or of the files of a folder, that pages link to.</summary>
    private static string ShowSource(string path)
    {
        var page = new StringBuilder($"# {path}\n");
        var files = Directory.Exists(path)
            ? Directory.EnumerateFiles(path).Where(static file => Path.GetExtension(file) is ".cs" or ".json" or ".csproj").Order(StringComparer.Ordinal).ToArray()
            : [path];
        foreach (var file in files)
        {
            var language = Path.GetExtension(file) switch { ".cs" => "csharp", ".csproj" => "xml", ".json" => "json", ".service" => "ini", _ => "text" };
            if (files.Length > 1)
                page.Append($"\n## {Path.GetFileName(file)}\n");
            page.Append($"\n````{language}\n{string.Join('\n', File.ReadLines(file).Where(static line => !Regex.IsMatch(line, "^\\s*// (snippet: .*|end)$")))}\n````\n");
        }

        return page.ToString();
    }

    /// <summary>Creates the table of contents from the table of docs/README.md: bold rows are its parts. Each page must be in it.</summary>
    private string BuildContents(string[] pages)
    {
        var contents = new StringBuilder("- name: Overview\n  href: index.md\n");
        var listed = new HashSet<string>(StringComparer.Ordinal) { Index };
        foreach (var row in File.ReadLines(Index).Where(static line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            if (Regex.Match(row, @"^\| \*\*(?<part>.+)\*\*") is { Success: true } part)
                contents.Append($"- name: {Capitalize(part.Groups["part"].Value)}\n  items:\n");
            foreach (Match link in Regex.Matches(row, @"\[(?<name>[^\]]+)\]\((?<target>[^)#\s]+)(#[^)]*)?\)"))
            {
                var page = Path.GetRelativePath(".", Path.Combine("docs", link.Groups["target"].Value)).Replace('\\', '/');
                if (!listed.Add(page))
                    continue;
                contents.Append($"  - name: \"{Capitalize(link.Groups["name"].Value)}\"\n    href: {Rename(link.Groups["target"].Value)}\n");
                if (page is "docs/design/README.md")
                    AppendDesign(contents, pages, listed);
            }
        }

        foreach (var page in pages.Where(page => page.StartsWith("docs/", StringComparison.Ordinal) && !listed.Contains(page) && page is not ("docs/features.md" or "docs/glossary.md" or "docs/quick-start.md")))
            _faults.Add($"{page}: {Index} has no link to it");
        contents.Insert(contents.ToString().IndexOf('\n', contents.ToString().IndexOf("index.md", StringComparison.Ordinal)) + 1, "- name: Quick start\n  href: quick-start.md\n- name: Features\n  href: features.md\n- name: Glossary\n  href: glossary.md\n");
        return contents.ToString();
    }

    private static void AppendDesign(StringBuilder contents, string[] pages, HashSet<string> listed)
    {
        contents.Append("    items:\n");
        foreach (var page in pages.Where(static page => page.StartsWith("docs/design/", StringComparison.Ordinal) && !page.EndsWith("README.md", StringComparison.Ordinal)))
        {
            listed.Add(page);
            contents.Append($"    - name: \"{Capitalize(Path.GetFileNameWithoutExtension(page))}\"\n      href: design/{Path.GetFileName(page)}\n");
        }
    }

    private static string Capitalize(string text) => text.StartsWith("connmgr", StringComparison.Ordinal) ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private void Write(string path, string text)
    {
        var target = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target, text);
    }

    private void Copy(string from, string to)
    {
        var target = Path.Combine(folder, to);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(from, target, overwrite: true);
    }
}

/// <summary>Checks that the links of a built site lead to files of it, and to anchors in them.</summary>
internal sealed class LinkCheck(string folder)
{
    private readonly Dictionary<string, HashSet<string>> _anchors = new(StringComparer.Ordinal);

    public int Run()
    {
        var root = Path.GetFullPath(folder);
        var pages = Directory.EnumerateFiles(root, "*.html", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var (links, dead) = (0, 0);
        foreach (var page in pages)
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(page), @"\s(?:href|src)=""(?<target>[^""]*)"""))
            {
                var target = WebUtility.HtmlDecode(link.Groups["target"].Value);
                if (target.Length == 0 || Regex.IsMatch(target, "^[a-z]+:"))
                    continue;
                links++;
                if (Explain(root, page, target) is not { } fault)
                    continue;
                dead++;
                Console.Error.WriteLine($"{Path.GetRelativePath(root, page)}: {target}: {fault}");
            }
        }

        Console.WriteLine($"{pages.Length} pages, {links} links within the site, {dead} dead");
        return dead == 0 && pages.Length > 100 ? 0 : 1;
    }

    /// <summary>Explains what is wrong with a link; null for nothing.</summary>
    private string? Explain(string root, string page, string target)
    {
        var parts = target.Split('#', 2);
        var path = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0].Split('?')[0])));
        if (!path.StartsWith(root, StringComparison.Ordinal))
            return "it leads out of the site";
        if (path.EndsWith('/') || Directory.Exists(path))
            path = Path.Combine(path, "index.html");
        if (!File.Exists(path))
            return "there is no such file";
        return parts.Length == 1 || parts[1].Length == 0 || !path.EndsWith(".html", StringComparison.Ordinal) || GetAnchors(path).Contains(Uri.UnescapeDataString(parts[1]))
            ? null
            : "there is no such anchor";
    }

    private HashSet<string> GetAnchors(string page)
    {
        if (!_anchors.TryGetValue(page, out var anchors))
            _anchors[page] = anchors = Regex.Matches(File.ReadAllText(page), @"\s(?:id|name)=""(?<name>[^""]*)""").Select(static match => WebUtility.HtmlDecode(match.Groups["name"].Value)).ToHashSet(StringComparer.Ordinal);
        return anchors;
    }
}
