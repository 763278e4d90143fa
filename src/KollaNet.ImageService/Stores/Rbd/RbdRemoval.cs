namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Takes images out of a pool, as Glance does. Calls block. Source: image-api reference 8, rbd.</summary>
internal static class RbdRemoval
{
    /// <summary>Removes an image with its snapshot. When snapshots that are not ours remain, for example those that clones hold on to, it goes to the trash instead.</summary>
    /// <param name="id">Of the one that is meant, where another may have its name by now; null for whichever has it.</param>
    /// <returns>False: nothing there.</returns>
    /// <exception cref="CephException">Busy: in use, and as it was.</exception>
    public static bool Remove(CephHandle pool, string name, string? id = null)
    {
        try
        {
            using RbdImage image = RbdImage.Open(pool, name);
            if (id is not null && image.Id != id) return false;
            image.RemoveSnapshot();
        }
        catch (CephException e) when (e.Errno == CephException.Missing)
        {
            return false;
        }

        int removed = Librbd.Remove(pool, name);
        if (removed == -CephException.Missing) return false;
        if (removed == -CephException.NotEmpty) removed = Librbd.MoveToTrash(pool, name, 0);
        CephException.Check(removed, $"remove image {name}");
        return true;
    }

    /// <summary>Removes an image that was never completed and that nobody has open.</summary>
    /// <param name="isOldEnough">Asked for the time it was created at.</param>
    /// <returns>True: there was one, and it is gone.</returns>
    public static bool RemoveLeftover(CephHandle pool, string name, Func<DateTimeOffset, bool> isOldEnough)
    {
        try
        {
            using RbdImage image = RbdImage.OpenReadOnly(pool, name, null);
            if (image.IsComplete || !isOldEnough(image.CreatedAt)) return false;
        }
        catch (CephException e) when (e.Errno == CephException.Missing)
        {
            return false;
        }

        int removed = Librbd.Remove(pool, name);
        if (removed is -CephException.Missing or -CephException.Busy) return false;
        CephException.Check(removed, $"remove the unfinished image {name}");
        return true;
    }
}
