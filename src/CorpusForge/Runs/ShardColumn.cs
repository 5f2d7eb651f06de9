using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace CorpusForge.Runs;

/// <summary>A column of the batch that is being filled: text, real or whole numbers. Its memory serves the next batch too.</summary>
internal sealed class ShardColumn(IArrowType type)
{
    private readonly Buffer _valid = new(), _offsets = new(), _values = new();
    private int _rows;
    private int _nulls;

    public void Add(string? value)
    {
        if (_rows == 0)
            MemoryMarshal.Write(_offsets.Add(sizeof(int)), 0);
        if (value is not null)
            Encoding.UTF8.GetBytes(value, _values.Add(Encoding.UTF8.GetByteCount(value)));
        MemoryMarshal.Write(_offsets.Add(sizeof(int)), _values.Length);
        Count(value is not null);
    }

    public void Add(double? value)
    {
        MemoryMarshal.Write(_values.Add(sizeof(double)), value.GetValueOrDefault());
        Count(value is not null);
    }

    public void Add(int? value)
    {
        MemoryMarshal.Write(_values.Add(sizeof(int)), value.GetValueOrDefault());
        Count(value is not null);
    }

    /// <summary>All rows as an array over the column's memory: it is there until a row of the next batch is added.</summary>
    public IArrowArray Take()
    {
        var valid = _nulls > 0 ? _valid.Take() : ArrowBuffer.Empty;
        ArrowBuffer[] buffers = type is StringType ? [valid, _offsets.Take(), _values.Take()] : [valid, _values.Take()];
        var array = ArrowArrayFactory.BuildArray(new ArrayData(type, _rows, _nulls, 0, buffers));
        (_rows, _nulls, _valid.Length) = (0, 0, 0);
        return array;
    }

    private void Count(bool valid)
    {
        if ((_rows & 7) == 0)
            _valid.Add(1)[0] = 0;
        if (valid)
            _valid.Bytes[_rows >> 3] |= (byte)(1 << (_rows & 7));
        else
            _nulls++;
        _rows++;
    }

    private sealed class Buffer
    {
        // Arrow pads buffers to so many bytes.
        private const int Alignment = 64;

        public byte[] Bytes { get; private set; } = [];
        public int Length { get; set; }

        /// <summary>So many bytes more, not cleared.</summary>
        public Span<byte> Add(int count)
        {
            if (count > Bytes.Length - Length)
                Grow(checked(Length + count));
            Length += count;
            return Bytes.AsSpan(Length - count, count);
        }

        public ArrowBuffer Take()
        {
            var length = Length;
            var padding = -length & (Alignment - 1);
            Add(padding).Clear();
            Length = 0;
            return new ArrowBuffer(Bytes.AsMemory(0, length + padding));
        }

        private void Grow(int least)
        {
            var larger = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(2L * Bytes.Length, Math.Max(least, Alignment), Math.Max(least, System.Array.MaxLength)));
            Bytes.AsSpan(0, Length).CopyTo(larger);
            Bytes = larger;
        }
    }
}
