using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace CorpusForge.Read;

/// <summary>Takes the columns that are asked for out of one line of JSON, and looks at the others only to pass them.</summary>
internal static class JsonLine
{
    // Depth costs one bit a level, and metadata of real corpora nests deeper than the default of 64.
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 1024 };

    /// <summary>Fills <paramref name="columns"/>; the verdict names what is wrong with the line.</summary>
    public static Verdict Read(ReadOnlySpan<byte> line, Columns columns)
    {
        columns.Clear();
        if (!Utf8.IsValid(line))
            return Verdict.Drop("invalid-utf8");
        try
        {
            return ReadObject(line, columns);
        }
        catch (JsonException)
        {
            return Verdict.Drop("invalid-json");
        }
    }

    private static Verdict ReadObject(ReadOnlySpan<byte> line, Columns columns)
    {
        var json = new Utf8JsonReader(line, s_options);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            return Verdict.Drop("invalid-json");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = 0UL;
            for (var i = 0; i < columns.Utf8.Length; i++)
            {
                if (columns.Utf8[i] is { } name && json.ValueTextEquals(name))
                    wanted |= 1UL << i;
            }
            json.Read();
            if (wanted == 0)
                json.Skip();
            else if (!Take(ref json, line, columns, wanted))
                return Verdict.Drop("lone-surrogate");
        }
        json.Read();
        return Verdict.Keep.Never("no-text", columns.TextBytes is null);
    }

    private static bool Take(ref Utf8JsonReader json, ReadOnlySpan<byte> line, Columns columns, ulong wanted)
    {
        ReadOnlyMemory<byte>? text = null;
        var value = default(string);
        if (json.TokenType == JsonTokenType.String)
        {
            text = Unescaped(ref json);
            if (text is null)
                return false;
            value = wanted > 1 ? Encoding.UTF8.GetString(text.Value.Span) : null;
        }
        else if (json.TokenType != JsonTokenType.Null)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            value = Encoding.UTF8.GetString(line[start..(int)json.BytesConsumed]);
        }
        if ((wanted & 1) != 0)
            columns.TextBytes = text;
        for (var i = 1; i < columns.Values.Length; i++)
        {
            if ((wanted >> i & 1) != 0)
                columns.Values[i] = value;
        }
        return true;
    }

    private static ReadOnlyMemory<byte>? Unescaped(ref Utf8JsonReader json)
    {
        if (!json.ValueIsEscaped)
            return json.ValueSpan.ToArray();
        // An escape is never shorter than what it stands for.
        var text = GC.AllocateUninitializedArray<byte>(json.ValueSpan.Length);
        try
        {
            return text.AsMemory(0, json.CopyString(text));
        }
        catch (InvalidOperationException)
        {
            // In valid UTF-8 the one thing that cannot be unescaped is half of a surrogate pair.
            return null;
        }
    }
}
