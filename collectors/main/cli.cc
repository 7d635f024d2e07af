#include "collectors/main/cli.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/main/choices.h"
#include "collectors/main/completion.h"
#include "collectors/main/mistyped.h"

namespace sandglass::collectors {
namespace {

// A TiB; what is more is a slip.
constexpr int64_t kMostSpoolMib = int64_t{1} << 20;

constexpr const char* kVersion = "sandglass-collect 0.1.0";

// Options whose words are looked up after parsing, so that their errors read like all others.
struct Words {
  std::string phase;
  std::string dtype = "float32";
  std::string device = "cpu";
  std::string on_slow = "block";
  std::string incomplete = "keep";
};

absl::Status TranslateIncomplete(const Words& words, ResumeRequest& request) {
  static const auto& kIncomplete = *new std::map<std::string, Incomplete>{
      {"keep", Incomplete::kKeep}, {"seal", Incomplete::kSeal}, {"abort", Incomplete::kAbort}};
  return LookUp("--incomplete", words.incomplete, kIncomplete, request.incomplete);
}

absl::Status Translate(const Words& words, WorkloadOptions& options) {
  static const auto& kTypes = *new std::map<std::string, v1::DataType>{{"float32", v1::DATA_TYPE_FLOAT32},
                                                                       {"bfloat16", v1::DATA_TYPE_BFLOAT16}};
  static const auto& kDevices = *new std::map<std::string, bool>{{"cpu", false}, {"meta", true}};
  static const auto& kOnSlow = *new std::map<std::string, bool>{{"block", false}, {"drop", true}};
  if (!words.phase.empty()) {
    if (absl::Status s = LookUpPhase("--phase", words.phase, options.phase); !s.ok()) return s;
  }
  if (absl::Status s = LookUp("--dtype", words.dtype, kTypes, options.dtype); !s.ok()) return s;
  if (absl::Status s = LookUp("--device", words.device, kDevices, options.shapes_only); !s.ok()) return s;
  return LookUp("--on-slow", words.on_slow, kOnSlow, options.drop_when_slow);
}

void AddWords(CLI::App& run, Words& words, WorkloadOptions& options) {
  run.add_option("--phase", words.phase, "train, prefill, decode, infer or simulate (default: the workload's own)");
  run.add_option("--dtype", words.dtype, "type of weights and activations: float32 (default) or bfloat16");
  run.add_option("--device", words.device, "cpu (default), or meta: only shapes, at any size, without times");
  run.add_option("--on-slow", words.on_slow, "when the store is slow: block the model (default), or drop and count");
  run.add_option("--size", options.size, "a preset of sizes that other options change: 7b");
  run.add_option("--scan", options.scan, "mamba's scan: fused (default), or steps: a loop of primitive operators");
  run.add_option("--cell", options.cell, "the cell of liquid: ltc (default) or cfc");
}

// A number as the user wrote it. CLI11's own conversion lets numbers that are too large through.
struct Number {
  const char* option;
  // Reads the text; false if it is not such a number.
  std::function<bool(const std::string&)> read;
  const char* help;
  std::string text = {};
};

std::function<bool(const std::string&)> Whole(std::optional<int64_t>& value) {
  return [&value](const std::string& text) { return absl::SimpleAtoi(text, &value.emplace()); };
}

std::vector<Number> NumbersOf(RunRequest& request) {
  WorkloadOptions& options = request.options;
  return {
      {"--spool-max-mib",
       [&](const std::string& text) {
         return absl::SimpleAtoi(text, &request.spool_max_mib.emplace()) && *request.spool_max_mib > 0 &&
                *request.spool_max_mib <= kMostSpoolMib;
       },
       "how much of the trace the spool may hold, in MiB (default: 4096)"},
      {"--steps", Whole(options.steps), "steps that are traced, after one that is not"},
      {"--layers", Whole(options.layers), "layers of the model"},
      {"--width", Whole(options.width), "width of the model"},
      {"--heads", Whole(options.heads), "attention heads"},
      {"--ffn", Whole(options.ffn), "width of the feed-forward part"},
      {"--vocab", Whole(options.vocab), "size of the vocabulary"},
      {"--batch", Whole(options.batch), "sequences or samples at once"},
      {"--tokens", Whole(options.tokens), "length of each sequence"},
      {"--context", Whole(options.context), "tokens before the first that is decoded"},
      {"--state", Whole(options.state), "size of the recurrent state"},
      {"--experts", Whole(options.experts), "experts of a moe layer"},
      {"--top-k", Whole(options.top_k), "experts that each token goes to"},
      {"--unfolds", Whole(options.unfolds), "steps of the solver in each step of an ltc cell"},
      {"--image", Whole(options.image), "edge of the images of convnet, in pixels"},
      {"--threads", Whole(options.threads), "threads that one operator may use (default: all)"},
      {"--seed", [&](const std::string& text) { return absl::SimpleAtoi(text, &options.seed); },
       "seed of weights and data (default: 1)"},
      {"--box-nm",
       [&](const std::string& text) {
         return absl::SimpleAtod(text, &options.box_nm.emplace()) && std::isfinite(*options.box_nm);
       },
       "edge of the water box of md, in nm (default: 4)"},
  };
}

absl::Status ReadNumbers(const std::vector<Number>& numbers) {
  for (const Number& number : numbers) {
    if (number.text.empty() || number.read(number.text)) continue;
    return absl::InvalidArgumentError(absl::StrCat(number.option, " ", absl::CEscape(number.text),
                                                   ": not a number that it can have; `sandglass-collect run --help` ",
                                                   "says what it means"));
  }
  return absl::OkStatus();
}

// `word` as a shell takes it.
std::string Quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) || absl::StrContains("-_=.,:/+@%", std::string(1, static_cast<char>(c)));
  });
  return plain ? word : absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

// All arguments but those that say where the trace goes and what it is called: they are not part of the run.
std::string CommandOf(const std::vector<std::string>& arguments) {
  static constexpr const char* kLeftOut[] = {"--to",     "--store",    "--name",    "--spool",     "--spool-max-mib",
                                             "--tls-ca", "--tls-cert", "--tls-key", "--token-file"};
  std::string command = "sandglass-collect";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    bool left_out = word == "--spool-sync";
    for (const char* option : kLeftOut) {
      left_out |= absl::StartsWith(word, absl::StrCat(option, "="));
      if (word == option) {
        left_out = true;
        ++i;
        break;
      }
    }
    if (!left_out) absl::StrAppend(&command, " ", Quoted(word));
  }
  return command;
}

// CLI11's messages have several lines at times.
absl::Status UsageError(const std::string& message, const char* command) {
  return absl::InvalidArgumentError(absl::StrCat(absl::StrReplaceAll(message, {{"\n", " "}}), ": `sandglass-collect ",
                                                 command, "--help` lists what there is"));
}

// How a server is reached, which says nothing where the trace goes into `store`.
void AddSecurity(CLI::App& command, ClientSecurity& security, CLI::Option* store) {
  const auto add = [&](const char* name, std::string& file, const char* help) {
    command.add_option(name, file, help)->type_name("FILE")->excludes(store);
  };
  add("--tls-ca", security.ca_file,
      "speak TLS with the server, whose certificate must be from an authority of this file (default: "
      "$SANDGLASS_TLS_CA)");
  add("--tls-cert", security.certificate_file, "show the server this certificate (default: $SANDGLASS_TLS_CERT)");
  add("--tls-key", security.key_file, "the certificate's key (default: $SANDGLASS_TLS_KEY)");
  add("--token-file", security.token_file, "show the server the token in this file (default: $SANDGLASS_TOKEN_FILE)");
}

CLI::App* AddRun(CLI::App& app, RunRequest& request, Words& words, std::vector<Number>& numbers) {
  CLI::App* run = app.add_subcommand("run", "Run a workload here, and stream its trace while it runs.");
  run->add_option("workload", request.workload, "one of those that `sandglass-collect workloads` lists")
      ->type_name("WORKLOAD")
      ->required();
  CLI::Option* to = run->add_option("--to", request.to, "stream to this server (default: $SANDGLASS_SERVER)");
  CLI::Option* store =
      run->add_option("--store", request.store, "write into this folder, without a server (default: $SANDGLASS_STORE)");
  to->type_name("HOST:PORT")->excludes(store);
  store->type_name("DIR");
  AddSecurity(*run, request.security, store);
  run->add_option("--spool", request.spool,
                  "keep the trace in this folder until it is sealed (default: $SANDGLASS_SPOOL, or nowhere)")
      ->type_name("DIR");
  run->add_flag("--spool-sync", request.spool_sync, "write each chunk to the spool's disk: outlasts a loss of power");
  run->add_option("--name", request.name, "what the trace is called (default: the workload's name)");
  AddWords(*run, words, request.options);
  for (Number& number : numbers) run->add_option(number.option, number.text, number.help)->type_name("N");
  return run;
}

CLI::App* AddResume(CLI::App& app, ResumeRequest& request, Words& words) {
  CLI::App* resume = app.add_subcommand(
      "resume", "Send the traces that a spool holds. Exit code 3: some are incomplete and were kept.");
  resume->add_option("--spool", request.spool, "the folder that `run --spool` was given (default: $SANDGLASS_SPOOL)")
      ->type_name("DIR");
  CLI::Option* to =
      resume->add_option("--to", request.to, "send all to this server (default: each where it was going)");
  CLI::Option* store = resume->add_option("--store", request.store, "write all into this folder, without a server");
  to->type_name("HOST:PORT")->excludes(store);
  store->type_name("DIR");
  AddSecurity(*resume, request.security, store);
  resume->add_option("--incomplete", words.incomplete,
                     "traces whose recording was cut short: keep (default), seal them as incomplete, or abort them");
  resume->add_flag("--new-key", request.new_key,
                   "begin each trace anew: for a server that has let it expire, or sealed it with other content");
  return resume;
}

CLI::App* AddImport(CLI::App& app, ImportRequest& request, FileWords& words) {
  CLI::App* import = app.add_subcommand(
      "import",
      "Import trace files that other programs wrote, each as a trace of its own. The format is found by the content. "
      "Exit code 3, with --strict: something of a file was lost or is missing.");
  import->add_option("files", request.files, "trace files, plain or gzip, or folders of them, a file a rank")
      ->type_name("FILE")
      ->required();
  CLI::Option* to = import->add_option("--to", request.to, "send to this server (default: $SANDGLASS_SERVER)");
  CLI::Option* store = import->add_option("--store", request.store,
                                          "write into this folder, without a server (default: $SANDGLASS_STORE)");
  to->type_name("HOST:PORT")->excludes(store);
  store->type_name("DIR");
  AddSecurity(*import, request.security, store);
  import->add_option("--name", request.name,
                     "what the trace is called; of several files, what comes before '/' and the file's name "
                     "(default: the file's name)");
  AddFileFacts(*import, request, words);
  import->add_flag("--strict", request.strict, "end with exit code 3 where something was lost or is missing");
  return import;
}

}  // namespace

absl::StatusOr<Invocation> ParseCommandLine(const std::vector<std::string>& arguments, const ValuesOf& values) {
  Invocation invocation;
  RunRequest& request = invocation.run;
  Words words;
  std::vector<Number> numbers = NumbersOf(request);
  CLI::App app("Runs real models here, and streams a trace of their operators to a store while they run.",
               "sandglass-collect");
  app.set_version_flag("--version", kVersion);
  const CLI::App* run = AddRun(app, request, words, numbers);
  const CLI::App* resume = AddResume(app, invocation.resume, words);
  FileWords import_words;
  const CLI::App* import = AddImport(app, invocation.import, import_words);
  const CLI::App* list = app.add_subcommand("workloads", "List the workloads.");
  CLI::App* completion = app.add_subcommand(
      "completion", "Print the script that completes words in a shell: source <(sandglass-collect completion bash)");
  std::string shell;
  completion->add_option("SHELL", shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}));
  // What the script asks; the words behind are no command line of this run.
  if (arguments.size() >= 2 && arguments[0] == "completion" && arguments[1] == "candidates") {
    invocation.text = Candidates(app, {arguments.begin() + 2, arguments.end()}, values);
    return invocation;
  }
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    // Of the command that was given, if one was.
    invocation.text = app.help();
    return invocation;
  } catch (const CLI::CallForVersion&) {
    invocation.text = absl::StrCat(kVersion, "\n");
    return invocation;
  } catch (const CLI::ParseError& error) {
    const std::string mistyped = Mistyped(app);
    return UsageError(mistyped.empty() ? error.what() : mistyped, run->parsed()      ? "run "
                                                                  : resume->parsed() ? "resume "
                                                                  : import->parsed() ? "import "
                                                                                     : "");
  }
  if (list->parsed()) {
    invocation.kind = Invocation::Kind::kListWorkloads;
  } else if (!shell.empty()) {
    const absl::StatusOr<std::string> script = CompletionScript(shell, "sandglass-collect");
    if (!script.ok()) return script.status();
    invocation.text = *script;
  } else if (run->parsed()) {
    invocation.kind = Invocation::Kind::kRun;
    if (absl::Status status = Translate(words, request.options); !status.ok()) return status;
    if (absl::Status status = ReadNumbers(numbers); !status.ok()) return status;
    if (request.name.empty()) request.name = request.workload;
    request.command = CommandOf(arguments);
  } else if (resume->parsed()) {
    invocation.kind = Invocation::Kind::kResume;
    if (absl::Status status = TranslateIncomplete(words, invocation.resume); !status.ok()) return status;
  } else if (import->parsed()) {
    invocation.kind = Invocation::Kind::kImport;
    if (absl::Status status = TranslateFileFacts(import_words, invocation.import); !status.ok()) return status;
  } else {
    return UsageError(completion->parsed() ? "which shell: bash, zsh or fish"
                                           : "a command is needed: run, import, resume, workloads or completion",
                      "");
  }
  return invocation;
}

}  // namespace sandglass::collectors
