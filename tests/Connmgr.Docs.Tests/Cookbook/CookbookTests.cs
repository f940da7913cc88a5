namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>Holds docs/cookbook.md to its form: short recipes, each with its code.</summary>
public sealed class CookbookTests
{
    private const int MaxLines = 15;

    private static readonly string[] Lines = Repository.ReadLines("docs/cookbook.md");

    [Fact]
    public void Snippets_TheirLengths_AreAtMostFifteenLines()
    {
        var tooLong = new List<string>();
        for (var at = 0; at < Lines.Length; at++)
        {
            if (!Lines[at].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.IndexOf(Lines, "```", at + 1);
            if (end - at - 1 > MaxLines)
                tooLong.Add($"{Lines[at]}: {end - at - 1} lines");
            at = end;
        }

        Assert.Empty(tooLong);
    }

    /// <summary>From a heading of the third level to the next heading there is code, and text before it.</summary>
    [Fact]
    public void Recipes_Each_HasTextThenCode()
    {
        var recipes = string.Join('\n', Lines).Split("\n### ").Skip(1).Select(static recipe => recipe.Split("\n## ")[0]).ToArray();

        Assert.True(recipes.Length >= 29, $"There are {recipes.Length} recipes.");
        Assert.All(recipes, static recipe =>
        {
            var parts = recipe.Split("\n```");
            Assert.True(parts.Length >= 3, $"A recipe without code: {recipe}");
            Assert.Contains(parts[0].Split('\n').Skip(1), static line => line.Length > 0);
        });
    }
}
