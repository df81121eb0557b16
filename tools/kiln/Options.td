// The options of the `kiln` command: each says which subcommands take it. `--option VALUE` and `--option=VALUE` are the same.
include "llvm/Option/OptParser.td"

def CompileOption : OptionVisibility;
def RunOption : OptionVisibility;
def CheckOption : OptionVisibility;
def BenchOption : OptionVisibility;
def InspectOption : OptionVisibility;
def SummaryOption : OptionVisibility;
def ViewOption : OptionVisibility;

// What takes a model, and so compiles.
defvar Compiling = [CompileOption, RunOption, CheckOption, BenchOption];
defvar Running = [RunOption, CheckOption, BenchOption];
// What reads a model.
defvar Importing = [CompileOption, RunOption, CheckOption, BenchOption, SummaryOption, ViewOption];
defvar All = [CompileOption, RunOption, CheckOption, BenchOption, InspectOption, SummaryOption, ViewOption];

multiclass Value<string name, string metaVar, list<OptionVisibility> visibility, string help, list<HelpTextVariant> others = []> {
  def NAME : Joined<["--"], name # "=">, Visibility<visibility>, MetaVarName<metaVar>, HelpText<help> {
    let HelpTextsForVariants = others;
  }
  def NAME # _separate : Separate<["--"], name>, Visibility<visibility>, Alias<!cast<Joined>(NAME)>;
}
class Switch<string name, list<OptionVisibility> visibility, string help>
    : Flag<["--"], name>, Visibility<visibility>, HelpText<help>;

def help : Switch<"help", All, "Print this page">;
def help_short : Flag<["-"], "h">, Visibility<All>, Alias<help>;

def output_file : JoinedOrSeparate<["-"], "o">, Visibility<[CompileOption, ViewOption]>, MetaVarName<"OUT">,
    HelpText<"The file to write, or a folder when it ends in / or is one; - is standard output">,
    HelpTextForVariants<[ViewOption], "The page to write, FILE.html">;
defm emit : Value<"emit", "KIND", [CompileOption],
    "exe (default), obj, lib, shared, header, llvm, asm, mlir or mlirbc">;
defm stop_after : Value<"stop-after", "STAGE", [CompileOption],
    "With --emit=mlir or mlirbc: import, graph, schedule or lowering">;
defm target : Value<"target", "TARGET", Compiling, "native (default), a CPU such as x86-64-v3, or a triple">;
defm name : Value<"name", "ID", [CompileOption], "Prefix of every C symbol (default: from the name of the output)">;
defm input_shape : Value<"input-shape", "NAME:1x3x224x224", Importing, "Shape of an input whose dimensions have names">;
defm input_value : Value<"input-value", "NAME=FILE.pb", Importing,
    "Give an input this value for good: it becomes a constant, as a tensor that decides a shape must be">;
defm end_at : Value<"end-at", "TENSOR", Importing,
    "ONNX: this tensor is an output in place of the model's own; once for each that is wanted">;
defm weights : Value<"weights", "FILE", Importing,
    "Weights of a model that keeps them in another file (Darknet's .cfg; Keras' .json), or random:SEED">;
defm darknet : Value<"darknet", "FORK", Importing,
    "original or alexeyab: whose Darknet trained the weights (default: what their header says)">;
defm weights_storage : Value<"weights-storage", "PLACE", [CompileOption], "embed (default) or sidecar: a file beside the code">;
defm threads : Value<"threads", "N", Compiling, "The most threads to use">;
defm preprocess : Value<"preprocess", "SPEC", Compiling,
    "How a picture becomes the input: rgb|bgr|gray,scale=S,mean=..,std=..; (pixel * scale - mean) / std">;
defm labels : Value<"labels", "FILE", [CompileOption, RunOption], "Names of the classes, one a line">;
def sliding_window : Switch<"sliding-window", Compiling,
    "Dense layers become convolutions, so that a larger --input-shape gives the answers of all windows">;
defm winograd : Value<"winograd", "KIND", Compiling,
    "Convolutions by Winograd's algorithm: auto (default, where it pays), off, or tiles f2, f3, f4, f5, f6 wherever possible">;
defm dense_weights : Value<"dense-weights", "KIND", Compiling,
    "How the weights of dense layers are stored: auto (default, in 24 bits where memory binds large layers), f32, or f24 wherever possible">;
def tune : Switch<"tune", Compiling,
    "Choose kernels by their times on this machine; what the file of times lacks is measured">;
defm tune_cache : Value<"tune-cache", "FILE", Compiling,
    "The file of times (default of --tune: kiln/kernels.json in the XDG cache folder); without --tune nothing is measured">;
def prepare_at_load : Switch<"prepare-at-load", Compiling,
    "Winograd's filters are transformed when the network is opened, not while compiling: smaller artefacts, more memory">;
def remarks : Switch<"remarks", Compiling, "Print what each pass did, on standard error">;
def remarks_file : Joined<["--"], "remarks=">, Visibility<Compiling>, MetaVarName<"FILE">,
    HelpText<"Write what each pass did to FILE">;
def timing : Switch<"timing", Compiling, "Print the time of each step, on standard error">;
def optimize : Joined<["-"], "O">, Visibility<Compiling>, MetaVarName<"0..3">, HelpText<"LLVM's level (default: 3)">;

defm input : Value<"input", "[NAME=]FILE", Running,
    ".npy, .pb, a picture, or random:SEED; without a name: the inputs in their order">;
defm output : Value<"output", "[NAME=]FILE", [CompileOption, RunOption],
    "Write an output to FILE.npy (without a name: the only one), or a detector's boxes to FILE.json",
    [HelpTextVariant<[CompileOption],
                     "NAME alone: a tensor inside the network, by its name in the model, is the output in place of the model's own">]>;
defm tap : Value<"tap", "NAME=FILE.npy", [RunOption], "Write a tensor inside the network, by its name in the model">;
defm draw : Value<"draw", "FILE.png", [RunOption], "Detectors: draw the boxes into the picture given as --input">;
defm resize : Value<"resize", "HOW", [RunOption],
    "Detectors: a picture is stretched to the input's size (stretch, default), or keeps its shape (letterbox)">;
defm score_threshold : Value<"score-threshold", "T", Compiling, "Detectors: the least probability of a box (default: 0.25)">;
defm overlap_threshold : Value<"overlap-threshold", "T", Compiling,
    "Detectors: a box goes that a better one of its class covers more than this (default: 0.45)">;
defm top : Value<"top", "K", [RunOption], "Print the K largest entries of vectors">;
defm expect : Value<"expect", "[NAME=]FILE", [CheckOption], "What an output has to be; .npy or .pb">;
defm tolerance : Value<"tolerance", "T", [CheckOption],
    "The largest max|a-b| / max|b| that passes (default: 1e-4; for half-precision tensors 1e-3 or 1e-2)">;
defm artefact : Value<"artefact", "FILE.so", [CheckOption], "Use the packed weights of this compiled network">;
defm alter_weight : Value<"alter-weight", "N|NAME", [CheckOption],
    "Show that the check works: change one number of this packed weight before the run">;
def json : Switch<"json", [BenchOption, InspectOption, SummaryOption], "Print JSON">;
def expand_nested : Switch<"expand-nested", [SummaryOption], "Also list the layers inside the nested models of Keras">;
def per_layer : Switch<"per-layer", [BenchOption], "Time each kernel of a model beside what limits it">;
