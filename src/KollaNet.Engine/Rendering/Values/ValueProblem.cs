namespace KollaNet.Engine.Rendering.Values;

/// <summary>An operation does not work on these values. Whoever knows the place turns it into a <see cref="TemplateException"/>.</summary>
internal sealed class ValueProblem(string problem) : Exception(problem);
