using TorchSharp;

namespace CorpusForge.Training;

/// <summary>The numbers that matrices are multiplied in.</summary>
public enum Precision
{
    /// <summary>bfloat16 on a CUDA device, float32 on a processor.</summary>
    Auto,
    Float32,

    /// <summary>Weights, gradients and optimizer stay in float32. Slower than float32 on a processor without AMX.</summary>
    BFloat16,
}

/// <summary>Runs matrix products in bfloat16 as long as it lives.</summary>
/// <remarks>TorchSharp has no autocast; these are the functions of libtorch behind torch.autocast. It is a state of the thread.</remarks>
internal static unsafe class Autocast
{
    private const sbyte BFloat16 = 15;

    private static readonly delegate* unmanaged<sbyte, byte, void> s_setEnabled =
        (delegate* unmanaged<sbyte, byte, void>)NativeTorch.Export("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb");

    private static readonly delegate* unmanaged<sbyte, sbyte, void> s_setType =
        (delegate* unmanaged<sbyte, sbyte, void>)NativeTorch.Export("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");

    private static readonly delegate* unmanaged<int> s_increment = (delegate* unmanaged<int>)NativeTorch.Export("_ZN2at8autocast17increment_nestingEv");
    private static readonly delegate* unmanaged<int> s_decrement = (delegate* unmanaged<int>)NativeTorch.Export("_ZN2at8autocast17decrement_nestingEv");
    private static readonly delegate* unmanaged<void> s_clear = (delegate* unmanaged<void>)NativeTorch.Export("_ZN2at8autocast11clear_cacheEv");

    public static IDisposable? On(bool bfloat16, DeviceType device)
    {
        if (!bfloat16)
            return null;
        var type = (sbyte)device;
        s_setType(type, BFloat16);
        s_setEnabled(type, 1);
        s_increment();
        return new Region(type);
    }

    // Casts of weights are kept within a region, so one without gradients must end before one with them starts.
    private sealed class Region(sbyte device) : IDisposable
    {
        public void Dispose()
        {
            if (s_decrement() == 0)
                s_clear();
            s_setEnabled(device, 0);
        }
    }
}
