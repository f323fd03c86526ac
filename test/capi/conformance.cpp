// The store written in C, run through the suite that every store must pass, by way of the glue that the C interface puts around it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "../../capi/blob_store.hpp"
#include "../conformance/blob_store_suite.hpp"
#include "memory_store.h"

namespace {

class CallbackPlace final : public conformance::Place {
 public:
  CallbackPlace() = default;
  CallbackPlace(const CallbackPlace&) = delete;
  CallbackPlace& operator=(const CallbackPlace&) = delete;
  ~CallbackPlace() override {
    CHECK(store_.open_readers == 0);
    CHECK(store_.open_writers == 0);
    CHECK(store_.destroyed == opened_);
    memory_store_clear(&store_);
  }
  std::unique_ptr<jujubackup::BlobStore> open() override {
    ++opened_;
    const jjb_store_callbacks callbacks = memory_store_callbacks(&store_);
    return jujubackup::capi::make_callback_store(&callbacks, "c-memory:");
  }

 private:
  memory_store store_{};
  int opened_ = 0;
};

}  // namespace

TEST_CASE("store in callbacks") {
  conformance::check_blob_store({"callbacks", [] { return std::make_unique<CallbackPlace>(); }, false});
}
