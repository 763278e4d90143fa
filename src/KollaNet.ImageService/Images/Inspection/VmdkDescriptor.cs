using System.Collections.Immutable;
using System.Text;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>The text that a VMware disk carries about itself. Each line is looked at once: whoever wrote it may not make us slow.
/// Source: VMware Virtual Disk Format 1.1, the descriptor.</summary>
internal static class VmdkDescriptor
{
    private static readonly string[] AccessModes = ["RW", "RDONLY", "NOACCESS"];

    /// <param name="allowedTypes"><c>vmdk_allowed_types</c>.</param>
    /// <returns>Why nobody should open the disk; null when its text is harmless.</returns>
    public static string? FindDanger(ReadOnlySpan<byte> descriptor, ImmutableArray<string> allowedTypes)
    {
        string text = Encoding.Latin1.GetString(descriptor).TrimEnd('\0');
        string? type = null;
        int extents = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> words = line.Trim();
            if (IsNamed(words, "createType", out ReadOnlySpan<char> value))
            {
                // Of two, programs differ in which they believe.
                if (type is not null) return "it names its type twice";
                type = value.ToString();
            }
            else if (IsNamed(words, "parentFileNameHint", out _)) return "it is a difference to another disk";
            else if (IsExtent(words))
            {
                if (++extents > 1) return "it has more than one extent";
                if (IsOutside(words)) return "its data is outside the file";
            }
        }

        return allowedTypes.Contains(type ?? "", StringComparer.OrdinalIgnoreCase) ? null : $"its type '{type}' is not allowed";
    }

    /// <summary>Whether a line is <c>name = "value"</c>, quoted or not.</summary>
    private static bool IsNamed(ReadOnlySpan<char> line, string name, out ReadOnlySpan<char> value)
    {
        value = default;
        if (!line.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return false;
        ReadOnlySpan<char> rest = line[name.Length..].TrimStart();
        if (!rest.StartsWith("=")) return false;
        value = rest[1..].Trim().Trim('"');
        return true;
    }

    private static bool IsExtent(ReadOnlySpan<char> line)
    {
        foreach (string mode in AccessModes)
            if (line.Length > mode.Length && line.StartsWith(mode, StringComparison.OrdinalIgnoreCase) && char.IsWhiteSpace(line[mode.Length])) return true;
        return false;
    }

    /// <summary><c>RW 2097152 SPARSE "name.vmdk"</c> is the disk itself; other kinds, and names with a path, are somewhere else.</summary>
    private static bool IsOutside(ReadOnlySpan<char> extent)
    {
        string[] words = extent.ToString().Split((char[]?)null, 4, StringSplitOptions.RemoveEmptyEntries);
        bool sparse = words.Length > 2 && words[2].Equals("SPARSE", StringComparison.OrdinalIgnoreCase);
        return !sparse || (words.Length > 3 && words[3].AsSpan().ContainsAny('/', '\\'));
    }
}
