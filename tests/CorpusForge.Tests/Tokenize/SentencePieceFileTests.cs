using System.Buffers.Binary;
using System.Text;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class SentencePieceFileTests
{
    static readonly (string Text, float Score, int Type)[] s_pieces =
        [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -2, 1), ("a", -3, 1), ("b", -3, 1), ("ab", -5, 1), ("▁a", -3.5f, 1), ("▁ab", -8, 1), ("é", -6, 1)];

    static byte[] Field(int number, byte[] bytes) => [(byte)((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    static byte[] Number(int number, int value) => [.. Varint(number << 3), .. Varint(value)];

    static byte[] Varint(int value) => value < 128 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];

    static byte[] Model(int type, bool bytes = false, bool prefix = true, bool single = true, byte[]? table = null)
    {
        var pieces = s_pieces.Concat(bytes ? Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f, 6)) : []);
        var file = new List<byte>();
        foreach (var (text, score, kind) in pieces)
        {
            var number = new byte[5];
            number[0] = (2 << 3) | 5;
            BinaryPrimitives.WriteSingleLittleEndian(number.AsSpan(1), score);
            file.AddRange(Field(1, [.. Field(1, Encoding.UTF8.GetBytes(text)), .. number, .. Number(3, kind)]));
        }
        file.AddRange(Field(2, [.. Number(3, type), .. Number(42, 2)]));
        file.AddRange(Field(3, [.. table is null ? [] : Field(2, table), .. Number(3, prefix ? 1 : 0), .. Number(4, single ? 1 : 0)]));
        return [.. file];
    }

    static List<string> Encode(byte[] model, string text)
    {
        var ids = new List<int>();
        Tokenizers.Read(model, "x.model")().Encode(text, ids);
        return [.. ids.Select(id => id < s_pieces.Length ? s_pieces[id].Text : $"{id - s_pieces.Length:X2}")];
    }

    [Theory]
    [InlineData(1, "ab", "▁a|b")]
    [InlineData(2, "ab", "▁ab")]
    [InlineData(1, "  a   b ", "▁a|▁|b")]
    [InlineData(2, "b  ab", "▁|b|▁ab")]
    [InlineData(1, "a漢漢", "▁a|<unk>")]
    [InlineData(2, "a漢漢", "▁a|<unk>")]
    [InlineData(1, "</s>", "▁|<unk>")]
    [InlineData(2, "", "")]
    public void Text_gets_the_pieces_of_its_model(int type, string text, string pieces) => Assert.Equal(pieces.Split('|', StringSplitOptions.RemoveEmptyEntries), Encode(Model(type), text));

    [Theory, InlineData(1), InlineData(2)]
    public void What_is_unknown_falls_back_to_bytes_and_every_text_decodes(int type)
    {
        var model = Model(type, bytes: true, single: false);
        Assert.Equal(["▁a", "E6", "BC", "A2", "▁", "▁", "b"], Encode(model, "a漢  b"));
        var (tokenizer, ids) = (Tokenizers.Read(model, "x.model")(), new List<int>());
        tokenizer.Encode(" a漢  b\n🦊", ids);
        Assert.Equal(" a漢  b\n🦊", tokenizer.Decode(ids));
        Assert.Equal((2, 266), (tokenizer.EndOfText, tokenizer.VocabularySize));
        Assert.Equal(1, tokenizer.SpecialTokens["<s>"]);
    }

    // A double array of one entry: A becomes "ab".
    [Fact]
    public void Characters_are_replaced_by_the_table_of_the_model()
    {
        var units = new uint[256];
        units[0] = 64u << 10;
        units['A' ^ 64] = (128u << 10) | 0x100 | 'A';
        units['A' ^ 64 ^ 128] = 0x8000_0000;
        var table = new byte[4 + (4 * units.Length) + 3];
        BinaryPrimitives.WriteInt32LittleEndian(table, 4 * units.Length);
        Buffer.BlockCopy(units, 0, table, 4, 4 * units.Length);
        "ab\0"u8.CopyTo(table.AsSpan(4 + (4 * units.Length)));
        Assert.Equal(["▁ab", "b"], Encode(Model(2, table: table), "Ab"));
        Assert.Throws<InputException>(() => Tokenizers.Read(Model(2, table: table[..20]), "x.model"));
    }

    [Fact]
    public void A_file_that_is_cut_off_or_of_another_type_is_an_error()
    {
        var whole = Model(1);
        Assert.Throws<InputException>(() => Tokenizers.Read(whole.AsMemory(0, whole.Length - 1), "x.model"));
        // Between two fields a file may end.
        for (var length = 1; length < whole.Length; length++)
            Assert.True(Record.Exception(() => Tokenizers.Read(whole.AsMemory(0, length), "x.model")().Encode("ab", [])) is null or InputException);
        Assert.Contains("type 3", Assert.Throws<InputException>(() => Tokenizers.Read(Model(3), "x.model")).Message);
    }
}
