package kafka_test
import ("testing";"net";"fmt";"math/rand/v2";"reflect";"encoding/binary";"context";"time";"io";"os";"hash/crc32";"github.com/twmb/franz-go/pkg/kadm";"github.com/twmb/franz-go/pkg/kmsg")
var names=[]string{topic,"","g","newsletter","__consumer_offsets","a b","range","consumer"}
func fill(r *rand.Rand, v reflect.Value, d int){
 switch v.Kind(){
 case reflect.Struct: for i:=range v.NumField(){ if v.Type().Field(i).Name=="Version"||!v.Field(i).CanSet(){continue}; if r.IntN(6)==0 {continue}; fill(r,v.Field(i),d+1)}
 case reflect.Pointer: if r.IntN(3)>0 { if v.IsNil(){ v.Set(reflect.New(v.Type().Elem()))}; fill(r,v.Elem(),d+1)} else {v.Set(reflect.Zero(v.Type()))}
 case reflect.Slice:
  if v.Type().Elem().Kind()==reflect.Uint8 { n:=r.IntN(80); b:=make([]byte,n); for i:=range b{b[i]=byte(r.Uint32())}; v.SetBytes(b); return}
  n:=r.IntN(4); if d>8 {n=0}; s:=reflect.MakeSlice(v.Type(),n,n); for i:=range n{ e:=s.Index(i); if e.Kind()==reflect.Struct { if m:=e.Addr().MethodByName("Default"); m.IsValid(){m.Call(nil)} }; fill(r,e,d+1)}; v.Set(s)
 case reflect.Array: if v.Len()==16 && r.IntN(4)>0 { v.Set(reflect.ValueOf(tid)); return }; for i:=range v.Len(){ if r.IntN(2)==0 { v.Index(i).SetUint(uint64(byte(r.Uint32())))}}
 case reflect.String: v.SetString(names[r.IntN(len(names))])
 case reflect.Bool: v.SetBool(r.IntN(2)==0)
 case reflect.Int8,reflect.Int16,reflect.Int32,reflect.Int64: c:=[]int64{0,1,2,3,-1,-2,5,100,1000,1<<15-1,1<<31-1,-1<<31,1<<62}; x:=c[r.IntN(len(c))]; switch v.Kind(){case reflect.Int8: x=int64(int8(x)); case reflect.Int16: x=int64(int16(x)); case reflect.Int32: x=int64(int32(x))}; v.SetInt(x)
 case reflect.Uint8,reflect.Uint16,reflect.Uint32,reflect.Uint64: v.SetUint(uint64(r.IntN(4)))
 case reflect.Float64: v.SetFloat(r.NormFloat64())
 }}
var tid [16]byte
func batch(r *rand.Rand) []byte {
 var recs []byte; n:=r.IntN(3)+1
 for i:=range n { rec:=kmsg.Record{OffsetDelta:int32(i),Key:[]byte("k"),Value:[]byte("v")}; if r.IntN(4)==0 { fill(r,reflect.ValueOf(&rec).Elem(),0)}; body:=rec.AppendTo(nil); _=body; recs=append(recs,body...)}
 b:=kmsg.RecordBatch{PartitionLeaderEpoch:-1,Magic:2,LastOffsetDelta:int32(n-1),NumRecords:int32(n),ProducerID:-1,ProducerEpoch:-1,FirstSequence:-1,Records:recs}
 if r.IntN(2)==0 { fill(r,reflect.ValueOf(&b).Elem(),0); b.Magic=2; b.FirstOffset=0; b.LastOffsetDelta=b.NumRecords-1; b.Attributes &= 0x3f}
 raw:=b.AppendTo(nil)
 binary.BigEndian.PutUint32(raw[8:],uint32(len(raw)-12))
 binary.BigEndian.PutUint32(raw[17:],crc32.Checksum(raw[21:],crc32.MakeTable(crc32.Castagnoli)))
 return raw
}
func TestZZ(t *testing.T){
 seed:=uint64(time.Now().UnixNano()); fmt.Sscan(os.Getenv("SEED"),&seed); println("seed",seed)
 r:=rand.New(rand.NewPCG(seed,1))
 broker,_:=openTCP(t,new(logbook))
 cfg:=config(broker); p:=producer(t,cfg); publish(t,p,events(1,30))
 cc:=client(t,cfg); ts,_:=kadm.NewClient(cc).ListTopics(context.Background(),topic); tid=[16]byte(ts[topic].ID)
 keys:=[]kmsg.Key{kmsg.Produce, kmsg.Fetch, kmsg.ListOffsets, kmsg.Metadata, kmsg.OffsetCommit, kmsg.OffsetFetch, kmsg.FindCoordinator,
		kmsg.JoinGroup, kmsg.Heartbeat, kmsg.LeaveGroup, kmsg.SyncGroup, kmsg.DescribeGroups, kmsg.ListGroups, kmsg.ApiVersions,
		kmsg.InitProducerID, kmsg.OffsetForLeaderEpoch, kmsg.DescribeConfigs, kmsg.DeleteGroups, kmsg.OffsetDelete, kmsg.DescribeCluster,
		kmsg.ConsumerGroupHeartbeat, kmsg.ConsumerGroupDescribe, kmsg.DescribeTopicPartitions}
 end:=time.Now().Add(60*time.Second); n:=0
 ans:=map[string]int{}; sent:=map[string]int{}
 for time.Now().Before(end){
  conn,err:=net.Dial("tcp",broker.Addr().String()); if err!=nil{t.Fatal(err)}
  for k:=0;k<20;k++ {
   k:=keys[r.IntN(len(keys))]; req:=kmsg.RequestForKey(int16(k))
   if d:=reflect.ValueOf(req).MethodByName("Default"); d.IsValid(){d.Call(nil)}
   fill(r,reflect.ValueOf(req).Elem(),0)
   req.SetVersion(int16(r.IntN(int(req.MaxVersion())+1)))
   raw:=kmsg.NewRequestFormatter(kmsg.FormatterClientID("f")).AppendRequest(nil,req,1)
   os.WriteFile("/tmp/zz.last",[]byte(fmt.Sprintf("%T v%d %+v",req,req.GetVersion(),req)),0o600)
   n++; sent[k.Name()]++
   conn.SetDeadline(time.Now().Add(30*time.Millisecond))
   if _,err:=conn.Write(raw);err!=nil{break}
   var h [4]byte
   if _,err:=io.ReadFull(conn,h[:]);err!=nil{break}
   ans[k.Name()]++
   if _,err:=io.CopyN(io.Discard,conn,int64(binary.BigEndian.Uint32(h[:])));err!=nil{break}
  }
  conn.Close()
 }
 fmt.Println(n, sent, ans)
 fmt.Println(p.Publish(context.Background(),events(31,33)))
}
