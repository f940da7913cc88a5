namespace Connmgr.Docs.Tests.Reference;

/// <summary>Types as one writes them in C#.</summary>
internal static class TypeName
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(uint)] = "uint",
        [typeof(ulong)] = "ulong",
        [typeof(ushort)] = "ushort",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(byte)] = "byte",
    };

    public static string Of(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return $"{Of(underlying)}?";
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[]";
        if (!type.IsGenericType)
            return Keywords.GetValueOrDefault(type, type.Name);
        var arguments = string.Join(", ", type.GetGenericArguments().Select(Of));
        var name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return name is "ValueTuple" ? $"({arguments})" : $"{name}<{arguments}>";
    }
}
