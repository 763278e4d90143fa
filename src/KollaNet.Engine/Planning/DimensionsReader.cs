using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Planning;

/// <summary>Reads Kolla's <c>*_dimensions</c> mappings.</summary>
internal static class DimensionsReader
{
    /// <summary>Keys and meanings as kolla-ansible's <c>kolla_container</c> takes them.</summary>
    /// <param name="report">Called with what is wrong.</param>
    public static Dimensions Read(object? value, Action<string> report)
    {
        if (value is null or "") return new Dimensions();
        if (value is not IReadOnlyDictionary<string, object?> map)
        {
            report("dimensions must be a mapping");
            return new Dimensions();
        }
        var limits = new Dimensions();
        foreach ((string key, object? setting) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal)) limits = With(limits, key, setting, report);
        return limits;
    }

    private static Dimensions With(Dimensions limits, string key, object? value, Action<string> report) => key switch
    {
        "mem_limit" => limits with { MemoryBytes = Bytes(key, value, report) },
        "memswap_limit" => limits with { MemorySwapBytes = Bytes(key, value, report) },
        "mem_reservation" => limits with { MemoryReservationBytes = Bytes(key, value, report) },
        "cpu_quota" => limits with { CpuQuota = Number(key, value, report) },
        "cpu_period" => limits with { CpuPeriod = Number(key, value, report) },
        "cpu_shares" => limits with { CpuShares = Number(key, value, report) },
        "cpuset_cpus" => limits with { CpusetCpus = Evaluation.TextOf(value) },
        "cpuset_mems" => limits with { CpusetMems = Evaluation.TextOf(value) },
        "blkio_weight" => limits with { BlkioWeight = (int?)Number(key, value, report) },
        "pids_limit" => limits with { PidsLimit = Number(key, value, report) },
        "ulimits" => limits with { Ulimits = Ulimits(value, report) },
        _ => Unknown(limits, key, report),
    };

    private static Dimensions Unknown(Dimensions limits, string key, Action<string> report)
    {
        report($"'{key}' is not a dimension; known are blkio_weight, cpu_period, cpu_quota, cpu_shares, cpuset_cpus, cpuset_mems, mem_limit, mem_reservation, memswap_limit, pids_limit, ulimits");
        return limits;
    }

    private static ImmutableSortedDictionary<string, Ulimit> Ulimits(object? value, Action<string> report)
    {
        var limits = ImmutableSortedDictionary.CreateBuilder<string, Ulimit>(StringComparer.Ordinal);
        if (value is not IReadOnlyDictionary<string, object?> map)
        {
            report("ulimits must be a mapping of name to soft and hard");
            return limits.ToImmutable();
        }
        foreach ((string name, object? both) in map)
        {
            var pair = both as IReadOnlyDictionary<string, object?>;
            long? soft = Evaluation.NumberOf(pair?.GetValueOrDefault("soft")), hard = Evaluation.NumberOf(pair?.GetValueOrDefault("hard"));
            if (soft is null && hard is null) report($"ulimit '{name}' needs soft and hard");
            else limits[name] = new Ulimit(soft ?? hard!.Value, hard ?? soft!.Value);
        }
        return limits.ToImmutable();
    }

    private static long? Number(string key, object? value, Action<string> report)
    {
        if (value is null or "") return null;
        if (Evaluation.NumberOf(value) is { } number) return number;
        report($"{key}: '{Evaluation.TextOf(value)}' is not a number");
        return null;
    }

    /// <summary>Bytes, or a number with one of docker's suffixes b, k, m, g (powers of 1024).</summary>
    private static long? Bytes(string key, object? value, Action<string> report)
    {
        string text = Evaluation.TextOf(value).Trim().ToLowerInvariant();
        if (text.Length == 0) return null;
        if (text.Length > 1 && text[^1] == 'b' && !char.IsAsciiDigit(text[^2])) text = text[..^1];
        long unit = text[^1] switch { 'k' => 1L << 10, 'm' => 1L << 20, 'g' => 1L << 30, 't' => 1L << 40, _ => 1 };
        string digits = unit == 1 && text[^1] != 'b' ? text : text[..^1];
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)) return number * unit;
        report($"{key}: '{text}' is not a size such as 512m");
        return null;
    }
}
