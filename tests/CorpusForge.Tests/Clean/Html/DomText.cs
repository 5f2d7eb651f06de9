using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CorpusForge.Clean.Html;

namespace CorpusForge.Tests.Clean.Html;

/// <summary>Trees written as `p(text b(more))`, ours and that of AngleSharp.</summary>
static class DomText
{
    /// <summary>The content of the body, without attributes.</summary>
    public static string Body(string html, bool xml = false)
    {
        var (dom, builder, source) = Build(html, xml);
        var text = new StringBuilder();
        Children(text, builder.Body, dom, source, attributes: false);
        return text.ToString();
    }

    public static string Whole(string html)
    {
        var (dom, builder, source) = Build(html, xml: false);
        var text = new StringBuilder();
        Write(text, builder.Root, dom, source, attributes: true);
        return text.ToString();
    }

    public static string AngleSharp(string html)
    {
        using var page = new HtmlParser(new HtmlParserOptions { SkipComments = true }).ParseDocument(html);
        var text = new StringBuilder();
        Write(text, page.DocumentElement);
        return text.ToString();
    }

    static (PageDom, TreeBuilder, PageSource) Build(string html, bool xml)
    {
        var source = new PageSource();
        source.Read(html);
        var dom = new PageDom(source);
        var builder = new TreeBuilder(source, new HtmlTokens(source), dom);
        builder.Build(maxElements: 1_000_000, maxDepth: 512, xml);
        return (dom, builder, source);
    }

    static void Write(StringBuilder text, int node, PageDom dom, PageSource source, bool attributes)
    {
        text.Append(dom[node].Tag == Tag.Other ? source[dom[node].Slice].ToString().ToLowerInvariant() : Tags.Name(dom[node].Tag));
        if (attributes)
            Attributes(text, source[dom[node].Attributes].ToArray().Select(a => (source.NameOf(a).ToString(), source.ValueOf(a))));
        text.Append('(');
        if (dom[node].Tag != Tag.Template)
            Children(text, node, dom, source, attributes);
        text.Append(')');
    }

    static void Children(StringBuilder text, int node, PageDom dom, PageSource source, bool attributes)
    {
        for (var child = dom[node].First; child != 0; child = dom[child].Next)
            if (dom[child].IsText)
                text.Append(source[dom[child].Slice]);
            else
                Write(text, child, dom, source, attributes);
    }

    static void Write(StringBuilder text, IElement element)
    {
        text.Append(element.LocalName.ToLowerInvariant());
        Attributes(text, element.Attributes.Select(a => (a.Name, a.Value)));
        text.Append('(');
        // What is not kept by us is not compared.
        if (element is not (IHtmlTemplateElement or IHtmlStyleElement or IHtmlInlineFrameElement) && !(element is IHtmlElement && element.LocalName is "noframes" or "noembed")
            && !(element is IHtmlScriptElement script && script.Type?.Contains("json", StringComparison.Ordinal) != true))
            foreach (var child in element.ChildNodes)
                if (child is IText data)
                    text.Append(data.Data);
                else if (child is IElement inner)
                    Write(text, inner);
        text.Append(')');
    }

    static void Attributes(StringBuilder text, IEnumerable<(string Name, string Value)> attributes)
    {
        foreach (var (name, value) in attributes.Select(a => (Name: a.Name.ToLowerInvariant(), a.Value)).DistinctBy(a => a.Name).OrderBy(a => a.Name, StringComparer.Ordinal))
            text.Append($"[{name}={value}]");
    }
}
