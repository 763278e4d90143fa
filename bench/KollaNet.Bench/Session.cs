using System.Text;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Wire;

namespace KollaNet.Bench;

/// <summary>One target with what the harness put into it.</summary>
/// <param name="shared">Processes that all targets use, such as the database; null when not known.</param>
internal sealed class Session(Target target, Login login, ProcessTree? shared)
{
    /// <summary>Tag of all its images. Has the target's name in it, so that a service can be compared with itself.</summary>
    private readonly string tag = $"kollanet-bench-{target.Name}";

    public Target Target => target;

    public Login Login => login;

    public ProcessTree? Shared => shared;

    /// <summary>Images without data, oldest first.</summary>
    public List<string> Images { get; } = [];

    /// <summary>Images with data: size in MiB -> id.</summary>
    public Dictionary<int, string> DataImages { get; } = [];

    public Memory PeakUnderLoad { get; set; }

    public byte[] Get(string path) => HttpConnection.Request("GET", target.Url, path, login.Token);

    public byte[] CreateRequest(string name, string more = "") => HttpConnection.Request("POST", target.Url, "/v2/images", login.Token, $"{{\"name\":\"{name}\",\"disk_format\":\"raw\",\"container_format\":\"bare\",\"tags\":[\"{tag}\"]{more}}}");

    public byte[] DeleteRequest(string id) => HttpConnection.Request("DELETE", target.Url, $"/v2/images/{id}", login.Token);

    /// <returns>The new image's id.</returns>
    public string Create(HttpConnection connection, string name, string more = "") => IdOf(Expect(connection.Send(CreateRequest(name, more)), 201));

    public void Upload(HttpConnection connection, string id, string file, long sizeBytes) =>
        Expect(connection.SendFile($"/v2/images/{id}/file", login.Token, file, sizeBytes), 204);

    public void Delete(HttpConnection connection, string id) => Expect(connection.Send(DeleteRequest(id)), 204);

    public static string IdOf(Answer created) => created.Header("Location")![^36..];

    /// <exception cref="InvalidOperationException">Another status; with the answer's body.</exception>
    public Answer Expect(Answer answer, int status) => answer.Status == status
        ? answer
        : throw new InvalidOperationException($"{target.Name} answered {answer.Status} where {status} was expected: {Encoding.UTF8.GetString(answer.Body)}");

    /// <summary>Removes every image of an earlier or this run.</summary>
    public void Clear()
    {
        using var connection = new HttpConnection(target.Url);
        while (true)
        {
            Answer page = Expect(connection.Send(Get($"/v2/images?limit=200&tag={tag}"), keepBody: true), 200);
            using var json = System.Text.Json.JsonDocument.Parse(page.Body);
            string[] ids = [.. json.RootElement.GetProperty("images").EnumerateArray().Select(image => image.GetProperty("id").GetString()!)];
            if (ids.Length == 0) break;
            foreach (string id in ids) Delete(connection, id);
        }

        Images.Clear();
        DataImages.Clear();
    }
}
