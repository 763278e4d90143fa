using KollaNet.Engine.Images;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Tests.Images;

public sealed class ImagePlanTests : IDisposable
{
    private readonly string templates = Directory.CreateTempSubdirectory("kollanet-test-images-").FullName;

    public void Dispose() => Directory.Delete(templates, recursive: true);

    [Fact]
    public void An_image_comes_after_what_it_starts_from_and_the_programs_it_holds()
    {
        Image("base", "base", "FROM {{ rootfs_image }}\nRUN true\n");
        Image("web", "web-api", "FROM {{ docker_image_url }}base:{{ openstack_tag }}\nCOPY app /app\n", ("app.publish", "Web.Program\n"));

        Plan plan = PlanOf("web-api");

        plan.Steps.Select(step => step.Id.Subject).Should().Equal("Web.Program", "site/rootfs:suite", "site/base:t1", "site/web-api:t1");
        plan.Steps[3].After.Select(id => id.Subject).Should().BeEquivalentTo("site/base:t1", "Web.Program");
    }

    [Fact]
    public void Images_nobody_wants_are_left_out()
    {
        Image("base", "base", "FROM {{ rootfs_image }}\n");
        Image("web", "web-api", "FROM {{ docker_image_url }}base:{{ openstack_tag }}\n");
        Image("web", "web-worker", "FROM {{ docker_image_url }}base:{{ openstack_tag }}\n");

        PlanOf("web-worker").Steps.Select(step => step.Id.Subject).Should().NotContain("site/web-api:t1").And.Contain("site/base:t1");
    }

    [Fact]
    public void Templates_beside_the_Dockerfile_are_rendered_and_other_files_copied()
    {
        Image("base", "base", "FROM {{ rootfs_image }}\n", ("etc/app.conf.j2", "tag={{ openstack_tag }}\n"), ("plain", "{{ untouched }}"));

        var step = (BuildImageStep)PlanOf("base").Steps[1];

        step.Context.Select(file => (file.Path, System.Text.Encoding.UTF8.GetString(file.Content)))
            .Should().Equal(("Dockerfile", "FROM site/rootfs:suite\n"), ("etc/app.conf", "tag=t1\n"), ("plain", "{{ untouched }}"));
    }

    [Theory]
    [InlineData("FROM elsewhere/unknown:1\n", "its Dockerfile starts FROM elsewhere/unknown:1, which nothing makes")]
    [InlineData("FROM {{ docker_image_url }}base:{{ openstack_tag }}\n", "its Dockerfile starts FROM site/base:t1, which nothing makes")]
    [InlineData("RUN true\n", "has no Dockerfile.j2 with a FROM line")]
    public void An_image_that_starts_from_nothing_that_can_be_made_says_so(string dockerfile, string why)
    {
        Image("base", "base", dockerfile);

        Action plan = () => PlanOf("base");

        plan.Should().Throw<KollaNetException>().Which.Why.Should().Contain(why);
    }

    private Plan PlanOf(params string[] wanted)
    {
        var rootfs = new RootfsStep("here", "site/rootfs:suite", "site/", "", "suite", ["deb http://mirror.example/debian suite main"], "/nowhere");
        var variables = new Fixed(new() { ["docker_image_url"] = "site/", ["openstack_tag"] = "t1", ["rootfs_image"] = rootfs.Reference });
        return ImagePlan.Of(ImageFolders.Read(templates), wanted.ToHashSet(), variables, rootfs, project => new PublishProgramStep("here", project, "f", "/nowhere", null));
    }

    private void Image(string service, string name, string dockerfile, params (string Path, string Text)[] files)
    {
        string folder = Path.Combine(templates, service, "images", name);
        foreach ((string path, string text) in files.Append(("Dockerfile.j2", dockerfile)))
        {
            string file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }

    private sealed class Fixed(Dictionary<string, object?> values) : IVariables
    {
        public bool TryGet(string name, out object? value) => values.TryGetValue(name, out value);
    }
}
