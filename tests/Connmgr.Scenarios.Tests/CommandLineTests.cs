namespace Connmgr.Scenarios.Tests;

public class CommandLineTests
{
    [Fact]
    public void TryParse_NoArguments_RunsAll()
    {
        var commandLine = Parse();
        Assert.Equal((Command.Run, null, null), (commandLine.Command, commandLine.Pattern, commandLine.Runs));
    }

    [Fact]
    public void TryParse_AllOptions_AreTaken()
    {
        var commandLine = Parse("--only", "fill", "--runs", "3", "--list");
        Assert.Equal((Command.List, "fill", 3), (commandLine.Command, commandLine.Pattern, commandLine.Runs));
    }

    [Fact]
    public void TryParse_WhatMeasuresARun_IsUnderstood()
    {
        var commandLine = Parse(CommandLine.ToMeasure("idle_floor", 2, 3));
        Assert.Equal((Command.Measure, "idle_floor", 2, 3), (commandLine.Command, commandLine.Name, commandLine.FirstRun, commandLine.Runs));
    }

    [Fact]
    public void TryParse_Role_TakesTheRestAsItsArguments()
    {
        var commandLine = Parse("--role", "fill", "--list", "7");
        Assert.Equal(Command.Role, commandLine.Command);
        Assert.Equal(["--list", "7"], commandLine.RoleArguments);
    }

    [Theory]
    [InlineData("--runs")]
    [InlineData("--runs", "0")]
    [InlineData("--runs", "-1")]
    [InlineData("--runs", "many")]
    [InlineData("--only")]
    [InlineData("fill")]
    public void TryParse_NotUnderstood_NamesIt(params string[] arguments)
    {
        Assert.False(CommandLine.TryParse(arguments, out _, out var error));
        Assert.Contains($"'{arguments[0]}'", error, StringComparison.Ordinal);
    }

    private static CommandLine Parse(params string[] arguments)
    {
        Assert.True(CommandLine.TryParse(arguments, out var commandLine, out _));
        return commandLine;
    }
}
