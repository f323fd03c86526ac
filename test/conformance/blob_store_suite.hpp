// What every blob store must do (store_backend.hpp), as tests that any store can be run through.
//
// For writers of stores: needs the public headers and doctest (2.4). Call check_blob_store from a test case of your own:
//
//   TEST_CASE("my store") { conformance::check_blob_store({"mine", [] { return std::make_unique<MyPlace>(); }}); }
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <jujubackup/store_backend.hpp>

namespace conformance {

// An empty place of the test's own that blobs can be kept at; taken down when it is destroyed.
class Place {
 public:
  virtual ~Place() = default;
  // A store on this place. Called more than once only if Subject::shared_places says so.
  virtual std::unique_ptr<jujubackup::BlobStore> open() = 0;
};

struct Subject {
  std::string name;
  std::function<std::unique_ptr<Place>()> make_place;
  // Several stores, also on several threads, can work on one place.
  bool shared_places = true;
};

void check_blob_store(const Subject& subject);

}  // namespace conformance
