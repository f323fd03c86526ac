// What the library does with functions of the caller.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <jujubackup/jujubackup.h>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

namespace jujubackup::capi {

// A user pointer whose destroy callback runs exactly once.
class User {
 public:
  User(void* user, jjb_destroy_callback destroy) noexcept : user_(user), destroy_(destroy) {}
  User(User&& other) noexcept : user_(other.user_), destroy_(std::exchange(other.destroy_, nullptr)) {}
  User& operator=(User&&) = delete;
  ~User() {
    if (destroy_ != nullptr) destroy_(user_);
  }
  void* get() const noexcept { return user_; }

 private:
  void* user_;
  jjb_destroy_callback destroy_;
};

// Takes the user pointer and the destroy callback out of a table as soon as it can be read that far: what is refused later is destroyed
// too. All tables begin with size, user, destroy.
template <typename Table>
User take_user(const Table* table) noexcept {
  if (table == nullptr || table->size < offsetof(Table, destroy) + sizeof(table->destroy)) return {nullptr, nullptr};
  return {table->user, table->destroy};
}

// A copy of the part of the table that this library knows; functions that the caller's header did not know yet are null.
// `required_bytes` is the size of the first released form. Error(invalid_argument) for a smaller one.
Error table_refused(const char* name);
template <typename Table>
Table copy_table(const Table* table, const char* name, std::size_t required_bytes = sizeof(Table)) {
  if (table == nullptr || table->size < required_bytes) throw table_refused(name);
  Table copy{};
  std::memcpy(&copy, table, table->size < sizeof(Table) ? table->size : sizeof(Table));
  return copy;
}

// Throws what a callback reported, unless that is 0. Takes `error` over.
void check_callback(std::int32_t status, jjb_error* error, const char* what);

// `name` may be null. Throws Error(invalid_argument) for a table that cannot be used; whatever it throws, the destroy callback has run
// then. `keep_alive` is held until after that.
std::unique_ptr<Source> make_source(const jjb_source_callbacks* callbacks, const char* name, std::shared_ptr<void> keep_alive = nullptr);

class CallbackSink final : public Sink {
 public:
  CallbackSink(jjb_write_callback callback, void* user) : write_(callback), user_(user) {}
  void write(std::span<const std::byte> bytes) override;

 private:
  jjb_write_callback write_;
  void* user_;
};

}  // namespace jujubackup::capi
