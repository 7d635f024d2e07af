#include "analyzer/serve/edge/metrics.h"

#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "prometheus/client_metric.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "storage/mutex.h"

namespace sandglass::serve {
namespace {

// From a synced write on a fast disk to a server that is stuck, in seconds.
const prometheus::Histogram::BucketBoundaries kAckSeconds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                             0.1,    0.2,   0.5,   1,     2,    5,    10};

prometheus::MetricFamily NewFamily(const std::string& name, const std::string& help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

prometheus::ClientMetric& AddTo(prometheus::MetricFamily& family, double value) {
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

void AddTo(prometheus::MetricFamily& family, double value, const std::string& label, const std::string& text) {
  AddTo(family, value).label.push_back({label, text});
}

prometheus::MetricFamily Single(const std::string& name, const std::string& help, prometheus::MetricType type,
                                double value) {
  prometheus::MetricFamily family = NewFamily(name, help, type);
  AddTo(family, value);
  return family;
}

// What each tenant has in the store.
void AddUsage(const std::map<uint32_t, storage::TenantUsage>& usage, std::vector<prometheus::MetricFamily>& families) {
  prometheus::MetricFamily bytes =
      NewFamily("sandglass_tenant_stored_bytes",
                "Bytes that a tenant's traces take in the store, by the tenant's number; absent: not known.",
                prometheus::MetricType::Gauge);
  prometheus::MetricFamily open =
      NewFamily("sandglass_tenant_open_traces",
                "Traces of a tenant that are neither sealed nor expired, by the tenant's number; absent: not known.",
                prometheus::MetricType::Gauge);
  for (const auto& [tenant, has] : usage) {
    AddTo(bytes, static_cast<double>(has.stored_bytes), "tenant", absl::StrCat(tenant));
    AddTo(open, static_cast<double>(has.open_traces), "tenant", absl::StrCat(tenant));
  }
  families.push_back(std::move(bytes));
  families.push_back(std::move(open));
}

prometheus::MetricFamily BackgroundErrors(const std::map<std::string, uint64_t>& errors) {
  prometheus::MetricFamily family =
      NewFamily("sandglass_store_background_errors_total",
                "Times that RocksDB failed at work of its own, by what it did. After one the store takes no traces.",
                prometheus::MetricType::Counter);
  for (const auto& [reason, times] : errors) AddTo(family, static_cast<double>(times), "reason", reason);
  return family;
}

// Bytes of all files below `directory`. Files come and go meanwhile.
double SizeOf(const std::string& directory) {
  double bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const bool regular = it->is_regular_file(gone);
    const std::uintmax_t size = regular && !gone ? it->file_size(gone) : 0;
    if (!gone) bytes += static_cast<double>(size);
  }
  return bytes;
}

// What is looked up for each reader.
class Live : public prometheus::Collectable {
 public:
  explicit Live(std::string directory) : directory_(std::move(directory)) {}

  void Show(LiveFigures figures) {
    storage::MutexLock lock(mutex_);
    figures_ = std::move(figures);
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    using prometheus::MetricType;
    std::vector<prometheus::MetricFamily> families;
    families.push_back(
        Single("sandglass_store_bytes", "Size of the store's files.", MetricType::Gauge, SizeOf(directory_)));
    storage::MutexLock lock(mutex_);
    if (figures_.connections) {
      families.push_back(Single("sandglass_connections", "Connections that are open.", MetricType::Gauge,
                                static_cast<double>(figures_.connections())));
    }
    if (figures_.ingest_serving) {
      families.push_back(Single("sandglass_ingest_serving", "1: traces can be taken in; 0: they cannot.",
                                MetricType::Gauge, figures_.ingest_serving() ? 1 : 0));
    }
    if (figures_.usage) AddUsage(figures_.usage(), families);
    if (figures_.background_errors) families.push_back(BackgroundErrors(figures_.background_errors()));
    if (figures_.connections_refused) {
      families.push_back(Single("sandglass_connections_refused_total",
                                "Connections that were closed at once, for there were too many.", MetricType::Counter,
                                static_cast<double>(figures_.connections_refused())));
    }
    return families;
  }

 private:
  const std::string directory_;
  mutable storage::Mutex mutex_;
  LiveFigures figures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

struct Metrics::Parts {
  Parts(const std::string& bind, const std::string& version, const std::string& directory)
      : live(std::make_shared<Live>(directory)), exposer(bind, /*num_threads=*/1) {
    prometheus::BuildGauge()
        .Name("sandglass_build_info")
        .Help("The program's version.")
        .Register(*registry)
        .Add({{"version", version}})
        .Set(1);
    exposer.RegisterCollectable(registry);
    exposer.RegisterCollectable(live);
  }

  prometheus::Family<prometheus::Counter>& Counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
  }
  prometheus::Gauge& Gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add({});
  }

  const std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>& operators =
      Counters("sandglass_ingest_operators_total", "Operators that were acknowledged, by the tenant's number.");
  prometheus::Family<prometheus::Counter>& chunks =
      Counters("sandglass_ingest_chunks_total", "Chunks that were acknowledged, by the tenant's number.");
  prometheus::Family<prometheus::Counter>& bytes =
      Counters("sandglass_ingest_bytes_total", "Bytes of payload that were acknowledged, by the tenant's number.");
  prometheus::Family<prometheus::Counter>& waits =
      Counters("sandglass_ingest_credit_waits_total",
               "Times that a stream was not read, for lack of credit, by the tenant's number.");
  prometheus::Family<prometheus::Counter>& failures =
      Counters("sandglass_calls_failed_total", "Ingest calls and refused callers, by status code.");
  prometheus::Gauge& streams = Gauge("sandglass_ingest_streams", "Streams that are open.");
  prometheus::Histogram& ack_seconds = prometheus::BuildHistogram()
                                           .Name("sandglass_ingest_ack_seconds")
                                           .Help("From a chunk's arrival until it is durable.")
                                           .Register(*registry)
                                           .Add({}, kAckSeconds);
  const std::shared_ptr<Live> live;
  std::string address;
  // Last: its thread reads the others.
  prometheus::Exposer exposer;
};

Metrics::Metrics(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Metrics::~Metrics() = default;

absl::StatusOr<std::unique_ptr<Metrics>> Metrics::Start(const std::string& address, const std::string& version,
                                                        const std::string& directory) {
  try {
    auto parts = std::make_unique<Parts>(address, version, directory);
    const std::vector<int> ports = parts->exposer.GetListeningPorts();
    parts->address = absl::StrCat(address.substr(0, address.rfind(':')), ":", ports.empty() ? 0 : ports[0]);
    return std::unique_ptr<Metrics>(new Metrics(std::move(parts)));
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("--metrics ", address, " cannot be listened on: ", error.what(),
                     ": give an address of this machine as HOST:PORT and a port that is free"));
  }
}

const std::string& Metrics::address() const { return parts_->address; }

std::shared_ptr<const void> Metrics::Show(LiveFigures figures) {
  parts_->live->Show(std::move(figures));
  return {parts_->live.get(), [live = parts_->live](const void*) { live->Show({}); }};
}

void Metrics::OnStreamBegun(const storage::StreamFacts&) { parts_->streams.Increment(); }

void Metrics::OnStreamEnded(const storage::StreamFacts&, const absl::Status&) { parts_->streams.Decrement(); }

void Metrics::OnAcknowledged(uint32_t tenant, uint64_t operators, uint64_t bytes, absl::Duration took) {
  const prometheus::Labels labels = {{"tenant", absl::StrCat(tenant)}};
  parts_->operators.Add(labels).Increment(static_cast<double>(operators));
  parts_->chunks.Add(labels).Increment();
  parts_->bytes.Add(labels).Increment(static_cast<double>(bytes));
  parts_->ack_seconds.Observe(absl::ToDoubleSeconds(took));
}

void Metrics::OnCreditWait(uint32_t tenant) { parts_->waits.Add({{"tenant", absl::StrCat(tenant)}}).Increment(); }

void Metrics::OnCallFailed(const absl::Status& status) {
  parts_->failures.Add({{"code", absl::StatusCodeToString(status.code())}}).Increment();
}

}  // namespace sandglass::serve
