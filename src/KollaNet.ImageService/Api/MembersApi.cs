using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/images/{id}/members</c>: the projects an image is shared with. Source: image-api reference 2.12.</summary>
public sealed class MembersApi(GlanceOptions options, IImageRepository images, ImageAccess access, ImageSharing sharing, TimeProvider time)
{
    private static readonly JsonName MemberId = new("member_id"), ImageId = new("image_id"), Status = new("status"), CreatedAt = new("created_at"), UpdatedAt = new("updated_at"),
        Schema = new("schema"), Members = new("members");

    private static readonly string[] Statuses = ["accepted", "rejected", "pending"];

    /// <summary><c>POST …/members</c></summary>
    public async Task AddAsync(ApiRequest request)
    {
        string member = await ReadTextAsync(request, "member");
        Image image = await access.GetAsync(request);
        RequireShared(image);
        IReadOnlyList<ImageMember> members = await images.ListMembersAsync(image.Id, request.Cancel);
        if (members.Any(known => known.MemberId == member)) throw new MemberExistsException(image.Id, member);
        Quotas.Require("members", members.Count + 1, options.ImageMemberQuota);
        ImageMember added = await images.AddMemberAsync(image.Id, member, WholeSeconds.Now(time), request.Cancel);
        await sharing.ApplyAsync(image, request.Caller, request.Cancel);
        await SendAsync(request, added);
    }

    /// <summary><c>GET …/members</c>: all for the owner and administrators, a member sees itself.</summary>
    public async Task ListAsync(ApiRequest request)
    {
        Image image = await access.FindAsync(request);
        RequireShared(image);
        IReadOnlyList<ImageMember> members = await images.ListMembersAsync(image.Id, request.Cancel);
        if (!SeesAll(image, request.Caller)) members = [.. members.Where(member => member.MemberId == request.Caller.ProjectId)];
        if (!SeesAll(image, request.Caller) && members.Count == 0) throw ApiException.ImageNotFound(image.Id);
        RequireAbout(request, image, members.Count == 1 ? members[0].MemberId : null);

        using var json = new PythonJsonWriter();
        json.BeginObject();
        json.Name(Members);
        json.BeginArray();
        foreach (ImageMember member in members) Write(json, member);
        json.EndArray();
        json.Name(Schema);
        json.Text("/v2/schemas/members");
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>GET …/members/{project}</c>. While the image is not shared, its members are kept and yet not there.</summary>
    public async Task ShowAsync(ApiRequest request)
    {
        Image image = await access.FindAsync(request);
        ImageMember? member = image.Visibility == ImageVisibility.Shared ? await FindAsync(image, request) : null;
        if (member is null || !(SeesAll(image, request.Caller) || member.MemberId == request.Caller.ProjectId)) throw MemberNotFound(request);
        RequireAbout(request, image, member.MemberId);
        await SendAsync(request, member);
    }

    /// <summary><c>PUT …/members/{project}</c>: the member says whether it wants the image in its lists.</summary>
    public async Task SetStatusAsync(ApiRequest request)
    {
        string status = await ReadTextAsync(request, "status");
        if (!Statuses.Contains(status)) throw ApiException.Malformed($"The status must be one of {string.Join(", ", Statuses)}.");
        Image image = await access.FindAsync(request);
        if (!SeesAll(image, request.Caller) && request.Arguments[1] != request.Caller.ProjectId) throw MemberNotFound(request);
        RequireShared(image);
        ImageMember member = await FindAsync(image, request) ?? throw MemberNotFound(request);
        RequireAbout(request, image, member.MemberId);
        ImageMember? changed = await images.SetMemberStatusAsync(image.Id, member.MemberId, status, WholeSeconds.Now(time), request.Cancel);
        await SendAsync(request, changed ?? throw MemberNotFound(request));
    }

    /// <summary><c>DELETE …/members/{project}</c></summary>
    public async Task RemoveAsync(ApiRequest request)
    {
        Image image = await access.GetAsync(request);
        RequireShared(image);
        if (!await images.RemoveMemberAsync(image.Id, request.Arguments[1], WholeSeconds.Now(time), request.Cancel)) throw MemberNotFound(request);
        await sharing.ApplyAsync(image, request.Caller, request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    private static bool SeesAll(Image image, Caller caller) => caller.IsAdmin || (image.Owner is not null && image.Owner == caller.ProjectId);

    private static void RequireShared(Image image)
    {
        if (image.Visibility != ImageVisibility.Shared) throw ApiException.Forbidden("Only shared images have members.");
    }

    private static ApiException MemberNotFound(ApiRequest request) => new(404, $"{request.Arguments[1]} not found in the member list of the image {request.ImageId}.");

    private void RequireAbout(ApiRequest request, Image image, string? memberId) =>
        access.Require(request.Route.Policy!, PolicyTarget.Of(image) with { MemberId = memberId }, request.Caller);

    private async Task<ImageMember?> FindAsync(Image image, ApiRequest request)
    {
        IReadOnlyList<ImageMember> members = await images.ListMembersAsync(image.Id, request.Cancel);
        return members.FirstOrDefault(member => member.MemberId == request.Arguments[1]);
    }

    private static async Task<string> ReadTextAsync(ApiRequest request, string name)
    {
        using JsonDocument body = await JsonBody.ReadAsync(request);
        JsonElement root = body.RootElement;
        bool given = root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0;
        if (!given) throw ApiException.Malformed($"The body must be an object whose \"{name}\" is a text.");
        string text = root.GetProperty(name).GetString()!;
        return text.Length <= 255 ? text : throw ApiException.Malformed($"\"{name}\" may have at most 255 characters.");
    }

    private static async Task SendAsync(ApiRequest request, ImageMember member)
    {
        using var json = new PythonJsonWriter();
        Write(json, member);
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    private static void Write(PythonJsonWriter json, ImageMember member)
    {
        json.BeginObject();
        json.Name(MemberId);
        json.Text(member.MemberId);
        json.Name(ImageId);
        json.Text(member.ImageId);
        json.Name(Status);
        json.Text(member.Status);
        json.Name(CreatedAt);
        json.Time(member.CreatedAt);
        json.Name(UpdatedAt);
        json.Time(member.UpdatedAt);
        json.Name(Schema);
        json.Text("/v2/schemas/member");
        json.EndObject();
    }
}
