#include "restore/dump_machines.hpp"

#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "archive/layout.hpp"
#include "bson/document.hpp"

namespace jujubackup::restore {
namespace {

constexpr std::uint64_t max_machines = 100'000;
constexpr std::int64_t manage_model_job = 2;  // state.JobManageModel
constexpr std::int64_t dead = 2;              // state.Dead

using Document = std::span<const std::byte>;

std::string text_in(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  const auto text = field ? field->string() : std::nullopt;
  return std::string(text.value_or(""));
}

// Juju settles on one address of each kind; before it did, the list of the provider's is all there is.
std::string address_in(Document document, std::string_view preferred, std::string_view scope) {
  const auto settled = bson::find_field(document, preferred);
  std::string address = settled && settled->is(bson::Type::document) ? text_in(settled->value, "value") : "";
  const auto all = bson::find_field(document, "addresses");
  if (!address.empty() || !all || !all->is(bson::Type::array)) return address;
  bson::for_each_field(all->value, [&](const bson::Field& item) {
    if (!item.is(bson::Type::document)) return true;
    const bool fits = text_in(item.value, "networkscope") == scope;
    if (fits || address.empty()) address = text_in(item.value, "value");
    return !fits;
  });
  return address;
}

bool is_controller(Document document) {
  const auto jobs = bson::find_field(document, "jobs");
  if (!jobs || !jobs->is(bson::Type::array)) return false;
  bool found = false;
  bson::for_each_field(jobs->value, [&](const bson::Field& job) {
    found = job.integer() == manage_model_job;
    return !found;
  });
  return found;
}

class MachineSink final : public Sink {
 public:
  MachineSink(DumpMachines& machines, const std::string& controller_model_uuid)
      : machines_(machines), model_(controller_model_uuid), scanner_([this](Document document) { take(document); }) {}

  void write(std::span<const std::byte> bytes) override {
    if (!scanner_.feed(bytes)) fail();
  }
  void finish() {
    if (!scanner_.finish()) fail();
  }

 private:
  [[noreturn]] void fail() const { throw Error(Error(ErrorCode::corrupt, scanner_.problem()).add_context("juju.machines")); }

  void take(Document document) {
    if (++seen_ > max_machines) return;
    const std::string id = text_in(document, "machineid");
    const std::string model = text_in(document, "model-uuid");
    if (is_controller(document)) {
      if (model_.empty() || model == model_)
        machines_.controllers.push_back({id, address_in(document, "preferredprivateaddress", "local-cloud"), false});
      return;
    }
    const auto life = bson::find_field(document, "life");
    if (life && life->integer() == dead) return;
    machines_.agents.push_back({id, model, address_in(document, "preferredpublicaddress", "public")});
  }

  DumpMachines& machines_;
  std::string model_;
  std::uint64_t seen_ = 0;
  bson::Scanner scanner_;
};

}  // namespace

DumpMachines read_dump_machines(Archive& archive, const std::string& controller_model_uuid, Job* job) {
  DumpMachines machines;
  MachineSink sink(machines, controller_model_uuid);
  try {
    archive.read_entry(std::string(layout::dump) + "/juju/machines.bson", sink, job);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return machines;
  }
  sink.finish();
  return machines;
}

}  // namespace jujubackup::restore
