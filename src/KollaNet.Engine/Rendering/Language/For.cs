using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

/// <summary><c>{% for target in items if test %}…{% else %}…{% endfor %}</c></summary>
internal sealed class For(int at, Target target, Expression items, Expression? test, Block body, Block? otherwise) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        List<object?> taken = [.. Taken(scope)];
        if (taken.Count == 0) otherwise?.Render(scope.Inner(), output);
        var loop = new LoopState(taken);
        for (int i = 0; i < taken.Count; i++)
        {
            Scope inner = scope.Inner();
            target.Assign(inner, taken[i]);
            loop.MoveTo(i);
            inner.Set("loop", loop.Members);
            body.Render(inner, output);
        }
    }

    private IEnumerable<object?> Taken(Scope scope)
    {
        IReadOnlyList<object?> all;
        try
        {
            all = Value.Items(items.Evaluate(scope));
        }
        catch (ValueProblem problem)
        {
            throw scope.Run.Template.Error(items.At, problem.Message);
        }
        foreach (object? item in all)
        {
            if (test is not null)
            {
                Scope inner = scope.Inner();
                target.Assign(inner, item);
                if (!Value.IsTrue(test.Evaluate(inner))) continue;
            }
            yield return item;
        }
    }

    protected override void Gather(NameCollector names)
    {
        items.Collect(names);
        names.Within(() =>
        {
            target.Bind(names);
            test?.Collect(names);
            names.Bind("loop");
            body.Collect(names);
        });
        if (otherwise is not null) names.Within(() => otherwise.Collect(names));
    }
}

/// <summary>The <c>loop</c> variable.</summary>
internal sealed class LoopState
{
    private readonly List<object?> items;
    private int index;
    private object? lastChecked = Unchecked;
    private static readonly object Unchecked = new();

    public LoopState(List<object?> items)
    {
        this.items = items;
        Members.Members["length"] = (long)items.Count;
        Members.Members["depth"] = 1L;
        Members.Members["depth0"] = 0L;
        Members.Members["cycle"] = new Callable("cycle", Cycle);
        Members.Members["changed"] = new Callable("changed", call => Changed(call));
    }

    public NamespaceValue Members { get; } = new();

    public void MoveTo(int position)
    {
        index = position;
        Dictionary<string, object?> members = Members.Members;
        members["index"] = position + 1L;
        members["index0"] = (long)position;
        members["revindex"] = (long)items.Count - position;
        members["revindex0"] = items.Count - position - 1L;
        members["first"] = position == 0;
        members["last"] = position == items.Count - 1;
        SetOrRemove("previtem", position - 1);
        SetOrRemove("nextitem", position + 1);
    }

    private void SetOrRemove(string member, int position)
    {
        if (position >= 0 && position < items.Count) Members.Members[member] = items[position];
        else Members.Members.Remove(member);
    }

    private object? Cycle(CallArguments call) =>
        call.Positional.Count > 0 ? call.Positional[index % call.Positional.Count] : throw new ValueProblem("no items for cycling given");

    private bool Changed(CallArguments call)
    {
        var now = new TupleValue([.. call.Positional]);
        bool changed = lastChecked == Unchecked || !Comparison.AreEqual(lastChecked, now, call.Budget);
        lastChecked = now;
        return changed;
    }
}
