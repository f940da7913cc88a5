using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>A line of a list that says something.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">What it says, without the remark and the spaces around it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextLine(int Number, string Text);
