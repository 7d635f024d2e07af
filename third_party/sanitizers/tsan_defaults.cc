// What ThreadSanitizer is told by every test that is built for it, so that no test depends on its environment.
//
// What gRPC and protobuf hand from one thread to another is ordered inside of their libraries, which are not
// instrumented; the last two are the reference count of a call and the end of a reactor, both of gRPC's own and without
// any of our code below them. There is no plain "race:grpc::": it would mute every handler of ours that gRPC calls.

// The runtime looks these two up by name.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }

// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {
  return "race_top:std::function\n"
         "race_top:std::_Function_base\n"
         "race:std::swap<\n"
         "race_top:grpc::\n"
         "race:google::protobuf::\n"
         "race:grpc::SerializationTraits\n"
         "race:grpc::ByteBuffer\n"
         "race:grpc::internal::ServerCallbackCall::Unref\n"
         "race:PreBindBacklog::~PreBindBacklog\n";
}
