using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>Options that report everything that is wrong with them at once.</summary>
internal interface IValidatedOptions
{
    /// <summary>Gets all errors.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    IReadOnlyList<string> GetErrors();
}

/// <summary>Turns the errors of options into exceptions: the one way in which a constructor refuses options.</summary>
internal static class OptionsErrors
{
    /// <summary>Throws one exception that names every error of the options.</summary>
    /// <param name="options">The options to check.</param>
    /// <param name="paramName">The name of the parameter that the options were passed in.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The options are not valid; the message contains each error.</exception>
    public static void ThrowIfAny<TOptions>(TOptions options, [CallerArgumentExpression(nameof(options))] string? paramName = null)
        where TOptions : IValidatedOptions
    {
        ArgumentNullException.ThrowIfNull(options, paramName);
        var errors = options.GetErrors();
        if (errors.Count > 0)
            throw new ArgumentException($"The {typeof(TOptions).Name} are not valid. {string.Join(' ', errors)}", paramName);
    }

    /// <summary>Gets the errors of nested options, each with the name of the option that holds them in front.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="options">Its value. Null has no error here: whether it may be null is for the holder to say.</param>
    /// <returns>The errors.</returns>
    public static IEnumerable<string> Under(string name, IValidatedOptions? options) => Under(name, options?.GetErrors());

    /// <summary>Puts the name of the option that holds them in front of errors.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="errors">The errors; null for none.</param>
    /// <returns>The errors.</returns>
    public static IEnumerable<string> Under(string name, IEnumerable<string>? errors) => errors?.Select(error => $"{name}.{error}") ?? [];

    /// <summary>Gets the error of a time that is not more than zero, or that timers cannot wait for.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="time">Its value.</param>
    /// <returns>The error, or none.</returns>
    public static IEnumerable<string> OfTimeout(string name, TimeSpan time)
    {
        if (time <= TimeSpan.Zero || time.TotalMilliseconds > int.MaxValue)
            yield return $"{name} is {time}; give more than zero and at most 24 days.";
    }
}
