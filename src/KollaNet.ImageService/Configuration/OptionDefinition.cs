namespace KollaNet.ImageService.Configuration;

/// <summary>One option of <c>glance-api.conf</c>: where it stands, what it takes, what it means.</summary>
/// <param name="Section">Without brackets; <see cref="StoreSection"/> for options that stand in each store's own section.</param>
/// <param name="Name">Glance's own name.</param>
/// <param name="Type">For people: <c>whole number 1..65535</c>.</param>
/// <param name="Default">As one would write it; null when unset.</param>
/// <param name="Help">One sentence.</param>
public abstract record OptionDefinition(string Section, string Name, string Type, string? Default, string Help)
{
    /// <summary>Stands for "the section of each store named in <c>enabled_backends</c>, or [glance_store] with a single store".</summary>
    public const string StoreSection = "<store>";

    /// <summary>Older names, read when the name itself is absent.</summary>
    public IReadOnlyList<string> OlderNames { get; init; } = [];

    /// <summary>May be given several times, each adding a value; otherwise the last one counts.</summary>
    public bool IsMulti { get; init; }

    /// <summary>False for an option that is known, so that it raises no warning, and does nothing here.</summary>
    public bool IsUsed { get; init; } = true;

    /// <summary>Throws <see cref="FormatException"/> with the end of the sentence "'abc' …" when the text is no value for this option.</summary>
    internal abstract void Check(string text);
}

/// <summary>An option with the type of its value.</summary>
/// <param name="Fallback">The value when no file names the option.</param>
/// <param name="Parse">Text to value; throws <see cref="FormatException"/> with the end of the sentence "'abc' …".</param>
public sealed record Option<T>(string Section, string Name, string Type, string? Default, string Help, T Fallback, Func<string, T> Parse)
    : OptionDefinition(Section, Name, Type, Default, Help)
{
    internal override void Check(string text) => Parse(text);
}
