using System.Text.Json.Serialization;

namespace KollaNet.Engine.Containers.Docker;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(InfoAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(IdAnswer))]
[JsonSerializable(typeof(WaitAnswer))]
[JsonSerializable(typeof(List<ContainerSummary>))]
[JsonSerializable(typeof(ContainerAnswer))]
[JsonSerializable(typeof(ExecAnswer))]
[JsonSerializable(typeof(VolumeList))]
[JsonSerializable(typeof(List<ImageSummary>))]
[JsonSerializable(typeof(ImageAnswer))]
[JsonSerializable(typeof(NetworkAnswer))]
[JsonSerializable(typeof(EventMessage))]
[JsonSerializable(typeof(ProgressMessage))]
[JsonSerializable(typeof(ContainerCreate))]
[JsonSerializable(typeof(ExecCreate))]
[JsonSerializable(typeof(ExecStart))]
[JsonSerializable(typeof(VolumeCreate))]
[JsonSerializable(typeof(NetworkCreate))]
[JsonSerializable(typeof(RegistryAuth))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class DockerJson : JsonSerializerContext;
