using System.Reflection;
using System.Text.Json;

namespace CorpusForge.Settings;

/// <summary>Marks a setting that changes where or how fast something runs and never what comes out, so it is left out of digests.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OutsideDigestAttribute : Attribute;

/// <summary>The inclusive range that a numeric setting must lie in.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeAttribute(double min, double max) : Attribute
{
    public double Min { get; } = min;
    public double Max { get; } = max;
}

/// <summary>Marks a setting that the pipeline file must give.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeededAttribute : Attribute;

/// <summary>What a setting reaches outside of the pipeline.</summary>
public enum Reach
{
    /// <summary>Files, folders, patterns or URLs that are read.</summary>
    Inputs,

    /// <summary>Hosts that may be in a private network.</summary>
    PrivateHosts,

    /// <summary>Something that nobody may choose from elsewhere, such as libraries that are loaded.</summary>
    OwnMachine,
}

/// <summary>Marks a setting that reaches outside of the pipeline, so that <see cref="Confinement"/> checks what it names.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReachesAttribute(Reach what) : Attribute
{
    public Reach What { get; } = what;
}

/// <summary>One setting of a step, source or stage: an init property of its record.</summary>
/// <param name="Name">As the pipeline file writes it, camel case.</param>
/// <param name="Property">The property.</param>
public sealed record Setting(string Name, PropertyInfo Property)
{
    /// <summary>The settings of a record type in order of declaration.</summary>
    public static IReadOnlyList<Setting> Of(Type type) =>
    [
        .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
            .OrderBy(p => p.MetadataToken)
            .Select(p => new Setting(JsonNamingPolicy.CamelCase.ConvertName(p.Name), p)),
    ];

    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public bool Optional => Nullable.GetUnderlyingType(Property.PropertyType) is not null
        || new NullabilityInfoContext().Create(Property).WriteState == NullabilityState.Nullable;

    public bool Needed => Property.GetCustomAttribute<NeededAttribute>() is not null;
    public bool InDigest => Property.GetCustomAttribute<OutsideDigestAttribute>() is null;
    public Reach? Reaches => Property.GetCustomAttribute<ReachesAttribute>()?.What;

    /// <summary>That of the attribute; a `…Share` runs from 0 to 1 unless one says otherwise.</summary>
    public RangeAttribute? Range => Property.GetCustomAttribute<RangeAttribute>() ?? (Type == typeof(double) && Name.EndsWith("Share", StringComparison.Ordinal) ? new(0, 1) : null);

    /// <summary>The type of the items when the setting is a list, else null.</summary>
    public static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var g && (g == typeof(IReadOnlyList<>) || g == typeof(List<>))
            ? type.GetGenericArguments()[0]
            : type.IsArray ? type.GetElementType() : null;

    /// <summary>Whether the type is a nested record of settings.</summary>
    public static bool IsNested(Type type) => type.IsClass && type != typeof(string) && ItemOf(type) is null;

    /// <summary>`minWords`-like names of the members of an enum, in kebab case.</summary>
    public static IReadOnlyDictionary<string, object> MembersOf(Type type) =>
        Enum.GetValues(type).Cast<object>().ToDictionary(v => JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString()!), v => v);
}

/// <summary>A step of a stage: its id, its name in the catalogue, and its settings.</summary>
public sealed record ConfiguredStep(string Id, string Name, IStep Step);
