using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>A parameter of a path or of a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">A description.</param>
internal sealed record DashboardParameter(string Name, string Description)
{
    /// <summary>True when the parameter is part of the path. It is required then.</summary>
    public bool IsInPath { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The greatest number; null when the parameter is a text.</summary>
    public long? Max { get; init; }

    /// <summary>The number when none is given.</summary>
    public long Default { get; init; }

    /// <summary>The allowed texts; empty for any text.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Reads the number of a request.</summary>
    /// <exception cref="DashboardException">The number is not valid, or out of range.</exception>
    public long Number(HttpContext context)
    {
        if (Raw(context) is not { } text)
            return Default;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= Max
            ? number
            : throw Wrong(text, $"use a whole number from 0 to {Max}");
    }

    /// <summary>Reads the text of a request.</summary>
    /// <returns>The text; null when there is none.</returns>
    /// <exception cref="DashboardException">The text is not allowed, or missing.</exception>
    public string? Text(HttpContext context)
    {
        var text = Raw(context);
        if (text is null && IsRequired)
            throw new DashboardException(StatusCodes.Status400BadRequest, ControlError.BadArguments, $"'{Name}' is missing: {Description}");
        return text is null || Choices.Count == 0 || Choices.Contains(text, StringComparer.Ordinal)
            ? text
            : throw Wrong(text, $"use {string.Join(", ", Choices)}");
    }

    private string? Raw(HttpContext context) => IsInPath
        ? context.Request.RouteValues[Name] as string
        : context.Request.Query[Name] is [{ Length: > 0 } text, ..] ? text : null;

    private DashboardException Wrong(string text, string remedy) => new(
        StatusCodes.Status400BadRequest, ControlError.BadArguments, $"'{Name}' is '{SafeText.Line(text, maxLength: 64)}': {remedy}.");
}
