using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>A parameter of a path or a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is, in words.</param>
internal sealed record DashboardParameter(string Name, string Description)
{
    /// <summary>Whether it stands in the path; then it is required.</summary>
    public bool IsInPath { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The greatest number; null when it is text.</summary>
    public long? Max { get; init; }

    /// <summary>The number when none is given.</summary>
    public long Default { get; init; }

    /// <summary>What it may be; empty for any text.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The number in a request.</summary>
    /// <exception cref="DashboardException">It is none, or out of range.</exception>
    public long Number(HttpContext context)
    {
        if (Raw(context) is not { } text)
            return Default;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= Max
            ? number
            : throw Wrong(text, $"use a whole number from 0 to {Max}");
    }

    /// <summary>The text in a request; null when there is none.</summary>
    /// <exception cref="DashboardException">It is none of the choices, or missing.</exception>
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
