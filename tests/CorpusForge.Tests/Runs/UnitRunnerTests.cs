using System.Text;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>The protocol by which a unit's files become visible, under faults.</summary>
public sealed class UnitRunnerTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-runner-").FullName;
    readonly OutputFolder _output;
    readonly Toy _toy = new();
    readonly Pipeline _pipeline;
    readonly string _run;

    public UnitRunnerTests()
    {
        _output = OutputFolder.Lock(_folder, TimeProvider.System);
        _pipeline = new Pipeline("p", 0, null, [], [new PlannedStage("toy", "toy", _toy, new string('d', 32), "p/toy-d")]);
        _run = _output.Ledger.CreateRun(_pipeline, "d", "p.yaml", "", "[]").Id;
    }

    RunContext Context() => new(_pipeline, _output.Storage, new Inputs(_output.Ledger));

    UnitRunner Runner(Action<string>? atPoint = null) => new(_output.Ledger, "w") { AtPoint = atPoint ?? (_ => { }), Pauses = [0] };

    UnitId Plan(RunContext context)
    {
        var units = context.Plan(0, 0);
        _output.Ledger.PlanPhase(_run, 0, 0, "work", "cpu", units.Select(u => (u, false)));
        return new UnitId(_run, 0, 0, units[0].Key);
    }

    string[] Files() => [.. _output.Storage.List("p").Select(f => f.Name)];

    [Fact]
    public void A_unit_leaves_its_files_and_a_manifest_that_describes_them()
    {
        var context = Context();
        var id = Plan(context);
        Assert.Equal(Outcome.Done, Runner().Run(context, id, null, default));
        Assert.Equal([$"p/toy-d/part-{id.Key}.arrow", $"p/toy-d/part-{id.Key}.json"], Files());
        var manifest = context.Find(0, 0, id.Key)!;
        Assert.Equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", manifest.Documents!.Sha256);
        Assert.Equal((1, 1), (manifest.Tally.In, manifest.Tally.Out));
        Assert.DoesNotContain(_folder, Encoding.UTF8.GetString(manifest.ToBytes()));
    }

    [Theory, InlineData(Roles.Documents), InlineData("manifest")]
    public void A_process_that_dies_at_any_point_leaves_what_the_next_attempt_completes(string point)
    {
        var id = Plan(Context());
        var died = Record.Exception(() => Runner(at => { if (at == point) throw new OutOfMemoryException("the process died here"); }).Run(Context(), id, null, default));
        Assert.IsType<OutOfMemoryException>(died);
        Assert.Equal(1, _output.Ledger.Reconcile(_run));
        Assert.Equal(Outcome.Done, Runner().Run(Context(), id, null, default));
        Assert.Equal([$"p/toy-d/part-{id.Key}.arrow", $"p/toy-d/part-{id.Key}.json"], Files());
    }

    [Fact]
    public void A_unit_that_fails_leaves_nothing_and_names_its_error()
    {
        _toy.Work = _ => throw new InvalidOperationException("a bug");
        var id = Plan(Context());
        Assert.Equal(Outcome.Failed, Runner().Run(Context(), id, null, default));
        Assert.Empty(Files());
        Assert.Contains("a bug", _output.Ledger.Unit(id)!.Error);
        Assert.Equal(States.Pending, _output.Ledger.Unit(id)!.State);
    }

    [Fact]
    public void Damaged_input_fails_a_unit_for_good_with_file_and_offset()
    {
        _toy.Work = _ => throw new InputException("a.warc.gz", 1234, "the member is cut off");
        var id = Plan(Context());
        Assert.Equal(Outcome.Failed, Runner().Run(Context(), id, null, default));
        Assert.Equal("a.warc.gz: at byte 1,234: the member is cut off", _output.Ledger.Unit(id)!.Error);
        Assert.Equal(States.Failed, _output.Ledger.Unit(id)!.State);
        Assert.Equal(Outcome.NotTaken, Runner().Run(Context(), id, null, default));
    }

    [Fact]
    public void Counts_that_do_not_add_up_fail_the_unit()
    {
        _toy.Work = work =>
        {
            Toy.Hello(work);
            work.Tally.In++;
        };
        var id = Plan(Context());
        Assert.Equal(Outcome.Failed, Runner().Run(Context(), id, null, default));
        Assert.Contains("do not add up: 2 in + 0 created ≠ 1 out + 0 dropped", _output.Ledger.Unit(id)!.Error);
        Assert.Null(Context().Find(0, 0, id.Key));
    }

    [Fact]
    public void A_step_that_is_not_pure_is_found_out()
    {
        var id = Plan(Context());
        Assert.IsType<OutOfMemoryException>(Record.Exception(() => Runner(_ => throw new OutOfMemoryException()).Run(Context(), id, null, default)));
        _output.Ledger.Reconcile(_run);
        _toy.Work = work =>
        {
            using (var file = work.Create(Roles.Documents))
                file.Write("other"u8);
            (work.Tally.In, work.Tally.Out) = (1, 1);
        };
        Assert.Equal(Outcome.Failed, Runner().Run(Context(), id, null, default));
        Assert.Contains("a step is not pure", _output.Ledger.Unit(id)!.Error);
    }

    [Fact]
    public void What_is_not_pure_may_write_other_bytes_the_next_time()
    {
        _toy.Pure = false;
        var id = Plan(Context());
        Assert.IsType<OutOfMemoryException>(Record.Exception(() => Runner(_ => throw new OutOfMemoryException()).Run(Context(), id, null, default)));
        _output.Ledger.Reconcile(_run);
        _toy.Work = work =>
        {
            using (var file = work.Create(Roles.Documents))
                file.Write("other"u8);
            (work.Tally.In, work.Tally.Out) = (1, 1);
        };
        Assert.Equal(Outcome.Done, Runner().Run(Context(), id, null, default));
        Assert.Equal(5, Context().Find(0, 0, id.Key)!.Documents!.Bytes);
    }

    [Theory, InlineData("hell"), InlineData("hello, world"), InlineData("")]
    public void A_file_that_is_not_what_its_manifest_says_is_put_right(string damaged)
    {
        var id = Plan(Context());
        Assert.Equal(Outcome.Done, Runner().Run(Context(), id, null, default));
        var file = Path.Combine(_folder, Files()[0]);
        var (bytes, manifest) = (File.ReadAllBytes(file), File.ReadAllBytes(Path.ChangeExtension(file, ".json")));
        File.WriteAllText(file, damaged);
        Assert.Null(Context().Find(0, 0, id.Key));
        var again = _output.Ledger.CreateRun(_pipeline, "d", "p.yaml", "", "[]").Id;
        _output.Ledger.PlanPhase(again, 0, 0, "work", "cpu", Context().Plan(0, 0).Select(u => (u, false)));
        Assert.Equal(Outcome.Done, Runner().Run(Context(), id with { Run = again }, null, default));
        Assert.Equal(bytes, File.ReadAllBytes(file));
        Assert.Equal(manifest, File.ReadAllBytes(Path.ChangeExtension(file, ".json")));
    }

    [Fact]
    public void An_attempt_that_was_overtaken_publishes_nothing()
    {
        var id = Plan(Context());
        _toy.Work = work =>
        {
            Toy.Hello(work);
            _output.Ledger.Reconcile(_run);
            _output.Ledger.Take(id, "another worker");
        };
        Assert.Equal(Outcome.Overtaken, Runner().Run(Context(), id, null, default));
        Assert.Empty(Files());
        Assert.Equal((States.Running, 2L), (_output.Ledger.Unit(id)!.State, _output.Ledger.Unit(id)!.Attempt));
    }

    [Fact]
    public void A_cancelled_unit_is_given_back_without_a_failure()
    {
        using var stop = new CancellationTokenSource();
        _toy.Work = work =>
        {
            stop.Cancel();
            work.Cancel.ThrowIfCancellationRequested();
        };
        var id = Plan(Context());
        Assert.Equal(Outcome.GivenBack, Runner().Run(Context(), id, null, stop.Token));
        Assert.Equal((States.Pending, 0L), (_output.Ledger.Unit(id)!.State, _output.Ledger.Unit(id)!.Failures));
        Assert.Empty(Files());
    }

    [Fact]
    public void A_unit_that_was_asked_to_stop_is_not_committed_even_if_it_came_to_its_end()
    {
        using var cancel = new CancellationTokenSource();
        _toy.Work = work =>
        {
            Toy.Hello(work);
            cancel.Cancel();
        };
        var id = Plan(Context());
        Assert.Equal(Outcome.GivenBack, Runner().Run(Context(), id, null, cancel.Token));
        Assert.Empty(Files());
    }

    [Fact]
    public void After_a_fault_that_may_pass_a_unit_waits_longer_each_time()
    {
        var runner = new UnitRunner(_output.Ledger, "w") { Pauses = [0, 3_600_000] };
        _toy.Work = _ => throw new InvalidOperationException("a bug", new IOException("the network is gone"));
        var id = Plan(Context());
        Assert.Equal(Outcome.Failed, runner.Run(Context(), id, null, default));
        Assert.True(_output.Ledger.Unit(id)!.NotBefore <= _output.Ledger.Milliseconds());
        Assert.Equal(Outcome.Failed, runner.Run(Context(), id, null, default));
        Assert.True(_output.Ledger.Unit(id)!.NotBefore > _output.Ledger.Milliseconds());
        Assert.Equal(Outcome.NotTaken, runner.Run(Context(), id, null, default));
    }

    [Fact]
    public void A_bug_is_tried_again_at_once()
    {
        _toy.Work = _ => throw new InvalidOperationException("a bug");
        var id = Plan(Context());
        var runner = new UnitRunner(_output.Ledger, "w") { Pauses = [3_600_000] };
        Assert.Equal((Outcome.Failed, Outcome.Failed), (runner.Run(Context(), id, null, default), runner.Run(Context(), id, null, default)));
    }

    [Fact]
    public void What_this_machine_is_to_blame_for_is_no_failure_of_the_unit()
    {
        _toy.Work = _ => throw new IOException("no space left");
        var id = Plan(Context());
        var runner = new UnitRunner(_output.Ledger, "w") { IsOfMachine = e => e.Message == "no space left" };
        Assert.Equal(Outcome.MachineFault, runner.Run(Context(), id, null, default));
        Assert.Equal((States.Pending, 0L, 0L), (_output.Ledger.Unit(id)!.State, _output.Ledger.Unit(id)!.Failures, _output.Ledger.Unit(id)!.NotBefore));
        Assert.Contains(_output.Ledger.Events(_run), e => (e.Kind, e.Message) == ("given back", "no space left"));
    }

    [Fact]
    public void A_full_disk_fails_the_unit_leaves_nothing_half_written_and_the_next_attempt_completes_it()
    {
        var full = new FullDisk(_output.Storage) { Left = 3 };
        var context = new RunContext(_pipeline, full, new Inputs(_output.Ledger));
        var id = Plan(context);
        Assert.Equal(Outcome.Failed, Runner().Run(context, id, null, default));
        Assert.Equal("No space left on device", _output.Ledger.Unit(id)!.Error);
        Assert.Empty(Files());
        full.Left = 1 << 20;
        Assert.Equal(Outcome.Done, Runner().Run(context, id, null, default));
    }

    [Fact]
    public void A_part_whose_file_was_cut_off_does_not_count()
    {
        var context = Context();
        var id = Plan(context);
        Runner().Run(context, id, null, default);
        File.WriteAllText(Path.Combine(_folder, $"p/toy-d/part-{id.Key}.arrow"), "hell");
        Assert.Null(Context().Find(0, 0, id.Key));
    }

    [Fact]
    public void What_a_killed_worker_left_behind_is_removed_by_whoever_does_its_unit()
    {
        var id = Plan(Context());
        _toy.Work = work =>
        {
            // The first attempt is one that nobody cleans up after.
            if (work.Attempt == 1)
            {
                _output.Storage.Create($"p/toy-d/.tmp-{id.Key}-{_run}-1-0").Dispose();
                _output.Storage.Create($"p/toy-d/.tmp-{id.Key}-{_run}-1-1").Dispose();
                throw new OutOfMemoryException("the process died here");
            }
            Toy.Hello(work);
        };
        Assert.IsType<OutOfMemoryException>(Record.Exception(() => Runner().Run(Context(), id, null, default)));
        // Its file, and the manifest behind it.
        Assert.Equal([$"p/toy-d/.tmp-{id.Key}-{_run}-1-0", $"p/toy-d/.tmp-{id.Key}-{_run}-1-1"], Files());
        Assert.Equal(1, _output.Ledger.Reconcile(_run));
        Assert.Equal(Outcome.Done, Runner().Run(Context(), id, null, default));
        Assert.Equal([$"p/toy-d/part-{id.Key}.arrow", $"p/toy-d/part-{id.Key}.json"], Files());
    }

    [Fact]
    public void A_second_process_is_refused_and_leftovers_of_a_kill_are_removed()
    {
        var refused = Assert.Throws<PipelineException>(() => OutputFolder.Lock(_folder, TimeProvider.System));
        Assert.Contains("another process is running", refused.Message);
        Directory.CreateDirectory(Path.Combine(_folder, "p/toy-d"));
        File.WriteAllText(Path.Combine(_folder, "p/toy-d/.tmp-x-1-0"), "half");
        _output.Dispose();
        OutputFolder.Lock(_folder, TimeProvider.System).Dispose();
        Assert.Empty(Files());
    }

    public void Dispose()
    {
        _output.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A stage of one unit that writes "hello".</summary>
    sealed record Toy : IStage, IPhase
    {
        public Action<UnitWork> Work { get; set; } = Hello;
        public string? Id => null;
        public Product Consumes => Product.Raw;
        public Product Produces => Product.Documents;
        public IReadOnlyList<IPhase> Phases => [this];
        public string Name => "work";
        public bool Result => true;
        public bool Pure { get; set; } = true;

        public IEnumerable<Unit> Plan(PhaseInput input) => [Unit.Of(input, this, "", [new UnitInput("in", "1")])];

        public void Execute(UnitWork work) => Work(work);

        public static void Hello(UnitWork work)
        {
            using (var file = work.Create(Roles.Documents))
                file.Write("hello"u8);
            (work.Tally.In, work.Tally.Out) = (1, 1);
        }
    }

    /// <summary>Storage with so many bytes left.</summary>
    sealed class FullDisk(IStorage inner) : IStorage
    {
        public long Left { get; set; }

        public bool Exists(string name) => inner.Exists(name);

        public long Length(string name) => inner.Length(name);

        public Stream OpenRead(string name, long offset = 0) => inner.OpenRead(name, offset);

        public Stream Create(string name) => new Limited(inner.Create(name), this);

        public void Publish(string from, string to) => inner.Publish(from, to);

        public void Delete(string name) => inner.Delete(name);

        public IEnumerable<StoredFile> List(string folder) => inner.List(folder);

        public IEnumerable<string> Folders(string folder) => inner.Folders(folder);

        public string LocalPath(string name) => inner.LocalPath(name);

        public string ScratchPath(string name) => inner.ScratchPath(name);

        sealed class Limited(Stream file, FullDisk disk) : Stream
        {
            public override bool CanRead => false;
            public override bool CanSeek => false;
            public override bool CanWrite => true;
            public override long Length => file.Length;
            public override long Position { get => file.Position; set => throw new NotSupportedException(); }

            public override void Write(byte[] buffer, int offset, int count)
            {
                disk.Left -= count;
                if (disk.Left < 0)
                    throw new IOException("No space left on device");
                file.Write(buffer, offset, count);
            }

            public override void Flush() => file.Flush();

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            protected override void Dispose(bool disposing)
            {
                file.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
